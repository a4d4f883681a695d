-- Whether sealed bytes (src/crypto/crypto.h) were sealed under this key: version, length of the key
-- id, key id. Only the first bytes are read, however long the value is.
CREATE OR REPLACE FUNCTION sealed_under(sealed bytea, key_id text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT substring(sealed FROM 2 FOR octet_length(key_id) + 1)
         = set_byte('\x00'::bytea, 0, octet_length(key_id)) || convert_to(key_id, 'UTF8')
$$;
