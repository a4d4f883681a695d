-- A type prefix and 16 random base58 characters, as ids_new() makes in C. For rows that come into
-- being as a side effect (the owners team of a new organization). An id is a name, not a secret.
CREATE OR REPLACE FUNCTION new_id(prefix text) RETURNS text
LANGUAGE sql VOLATILE AS $$
    SELECT prefix || string_agg(
        substr('123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz',
               1 + (get_byte(r.bytes, i) * 256 + get_byte(r.bytes, i + 16)) % 58, 1), '')
    FROM (SELECT uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) AS bytes) r,
         generate_series(0, 15) i
$$;
