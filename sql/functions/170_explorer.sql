-- The explorer's filters and orders (today-workspaces.md 17), over a row as JSON. Which fields there are,
-- of which kind, and which operators a kind has is checked in src/api/explorer/explorer_query.c.

-- filters: [{field, kind, operator, value}]; all of them have to be met. What is NULL is different from
-- any value, and contains none.
CREATE OR REPLACE FUNCTION explorer_matches(facts jsonb, filters jsonb) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT coalesce(bool_and(coalesce(CASE f.operator
        WHEN 'is_empty' THEN coalesce(c.cell, '') = ''
        WHEN 'is_not_empty' THEN coalesce(c.cell, '') <> ''
        WHEN 'contains' THEN position(f.value IN c.cell) > 0
        WHEN 'does_not_contain' THEN position(f.value IN coalesce(c.cell, '')) = 0
        WHEN 'is' THEN CASE f.kind WHEN 'number' THEN c.cell::numeric = f.value::numeric ELSE c.cell = f.value END
        WHEN 'is_not' THEN CASE f.kind WHEN 'number' THEN c.cell::numeric IS DISTINCT FROM f.value::numeric
                           ELSE c.cell IS DISTINCT FROM f.value END
        WHEN 'gt' THEN c.cell::numeric > f.value::numeric
        WHEN 'lt' THEN c.cell::numeric < f.value::numeric
        WHEN 'gteq' THEN c.cell::numeric >= f.value::numeric
        WHEN 'lteq' THEN c.cell::numeric <= f.value::numeric
        WHEN 'is_before' THEN c.cell::timestamptz < f.value::timestamptz
        WHEN 'is_after' THEN c.cell::timestamptz > f.value::timestamptz
    END, false)), true)
    FROM jsonb_to_recordset(filters) f(field text, kind text, operator text, value text),
         LATERAL (SELECT facts ->> f.field AS cell) c
$$;

-- sorts: [{field, kind, descending}]. The key of the n-th order where it is not text: a number that is
-- the smaller the earlier the row stands, so that both directions are one expression.
CREATE OR REPLACE FUNCTION explorer_number(facts jsonb, sorts jsonb, n integer) RETURNS numeric LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN (sorts -> n ->> 'descending')::boolean THEN -1 ELSE 1 END * CASE sorts -> n ->> 'kind'
        WHEN 'number' THEN (facts ->> (sorts -> n ->> 'field'))::numeric
        WHEN 'boolean' THEN (facts ->> (sorts -> n ->> 'field'))::boolean::integer
        WHEN 'datetime' THEN extract(epoch FROM (facts ->> (sorts -> n ->> 'field'))::timestamptz)
    END
$$;

-- The same where it is text, for orders of this direction.
CREATE OR REPLACE FUNCTION explorer_text(facts jsonb, sorts jsonb, n integer, downward boolean) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN sorts -> n ->> 'kind' = 'string' AND (sorts -> n ->> 'descending')::boolean = downward
                THEN facts ->> (sorts -> n ->> 'field') END COLLATE "C"
$$;
