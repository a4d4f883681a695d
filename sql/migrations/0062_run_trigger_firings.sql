-- An applied run fires the triggers of its workspace; terrace-worker makes the runs, each in a transaction
-- of its own: one that had to lock several workspaces would meet another that locks them the other way.
CREATE TABLE run_trigger_firings (
    position        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run_trigger_id  text NOT NULL CONSTRAINT run_trigger_firings_trigger_fkey REFERENCES run_triggers ON DELETE CASCADE,
    run_id          text NOT NULL CONSTRAINT run_trigger_firings_run_fkey REFERENCES runs ON DELETE CASCADE,
    due_at          timestamptz(3) NOT NULL DEFAULT now()
);
CREATE INDEX run_trigger_firings_due_idx ON run_trigger_firings (due_at, position);
CREATE INDEX run_trigger_firings_trigger_idx ON run_trigger_firings (run_trigger_id);
CREATE INDEX run_trigger_firings_run_idx ON run_trigger_firings (run_id);
