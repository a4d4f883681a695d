-- A name for a new account that an identity provider makes: what is before the @ of its address, anything
-- but letters, digits, - and _ as _.
CREATE OR REPLACE FUNCTION free_username(address text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    base text := left(trim(BOTH '-_' FROM regexp_replace(split_part(address, '@', 1), '[^A-Za-z0-9_-]+', '_', 'g')), 80);
    candidate text;
BEGIN
    base := coalesce(nullif(base, ''), 'user');
    candidate := base;
    FOR i IN 2..1000 LOOP
        EXIT WHEN NOT EXISTS (SELECT 1 FROM users u WHERE lower(u.username) = lower(candidate));
        candidate := base || '-' || i;
    END LOOP;
    RETURN candidate;
END $$;

