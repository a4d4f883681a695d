-- What a plan's configuration was initialized with, as its runner has told: {providers: {source: version},
-- modules: {call: {source, version}}}. The explorer shows it with the state that came of it.
ALTER TABLE run_phases ADD COLUMN dependencies jsonb;
