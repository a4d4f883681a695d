"""Everything at once: people who start, confirm, cancel and lock, runners that plan and apply, workers that are
killed. No 5xx but what a killed worker leaves, and afterwards the rows agree with each other."""

import os
import random
import signal
import threading
import time
import unittest

import harness
import runs

SECONDS = int(os.environ.get("TERRACE_STORM", "12"))
FINAL = "'applied', 'planned_and_finished', 'discarded', 'errored', 'canceled'"

# What must never be found, whatever was interrupted.
IMPOSSIBLE = {
    "a lock of a run that is over": "SELECT w.id FROM workspaces w JOIN runs r ON r.id = w.locked_by WHERE r.is_final",
    "two runs at work in one workspace": f"""
        SELECT workspace_id FROM runs WHERE NOT is_final AND NOT plan_only AND NOT save_plan AND status <> 'pending'
        GROUP BY workspace_id HAVING count(*) > 1""",
    "a run at work without the lock": """
        SELECT r.id FROM runs r JOIN workspaces w ON w.id = r.workspace_id WHERE NOT r.is_final AND NOT r.plan_only
          AND NOT r.save_plan AND r.status <> 'pending' AND w.locked_by IS DISTINCT FROM r.id""",
    "a workspace that nobody holds while a run waits for it": """
        SELECT w.id FROM workspaces w WHERE w.locked_by IS NULL AND EXISTS (
            SELECT FROM runs r WHERE r.workspace_id = w.id AND r.status = 'pending')""",
    "a job of a run that is over": "SELECT j.id FROM run_jobs j JOIN runs r ON r.id = j.run_id WHERE j.status <> 'done' AND r.is_final",
    "a queued run without a job": """
        SELECT r.id FROM runs r WHERE r.status IN ('plan_queued', 'apply_queued')
          AND NOT EXISTS (SELECT FROM run_jobs j WHERE j.run_id = r.id AND j.status = 'queued')""",
    "a run at work whose job nobody has": """
        SELECT r.id FROM runs r WHERE r.status IN ('planning', 'applying')
          AND NOT EXISTS (SELECT FROM run_jobs j WHERE j.run_id = r.id AND j.status = 'claimed')""",
    "a token of a run that is not at work": """
        SELECT t.id FROM tokens t JOIN runs r ON r.id = t.run_id WHERE r.status NOT IN ('planning', 'applying')""",
    "a phase that goes on after its run": f"""
        SELECT ph.id FROM run_phases ph JOIN runs r ON r.id = ph.run_id
        WHERE r.is_final AND ph.status NOT IN ('finished', 'errored', 'canceled', 'unreachable')""",
    "final by one word and not by the other": f"SELECT id FROM runs WHERE is_final <> (status IN ({FINAL}))",
}


class Storm(unittest.TestCase):
    def setUp(self):
        self.terrace = harness.start(options={"workers": 4})
        self.token = harness.add_user(self.terrace, "alice")
        harness.add_organization(self.terrace, "acme", "alice")
        client = harness.Client(self.terrace, self.token)
        self.workspaces = [runs.Workspace(client, "acme", f"w{n}", auto_apply=n % 2 == 0) for n in range(4)]
        self.runner_token = self.terrace.ctl("runner-token", "create").strip()
        self.until = time.monotonic() + SECONDS
        self.kills = 0
        self.problems = []

    def busy(self):
        return time.monotonic() < self.until

    def call(self, client, method, path, body=None):
        """None when a killed worker or the drained connection took it down."""
        try:
            reply = client.request(method, path, body)
        except OSError:
            return None
        if reply.status >= 500 and not (reply.status in (502, 503) and self.kills):
            self.problems.append(f"{method} {path}: {reply.status} {reply.body[:300]!r}")
        return reply

    def person(self, seed):
        client, luck, mine = harness.Client(self.terrace, self.token), random.Random(seed), []
        while self.busy():
            workspace = luck.choice(self.workspaces)
            if not mine or luck.random() < 0.3:
                attributes = luck.choice(({}, {}, {"plan-only": True}, {"save-plan": True}))
                reply = self.call(client, "POST", "/api/v2/runs", runs.document(
                    "runs", attributes, workspace={"type": "workspaces", "id": workspace.id}))
                if reply and reply.status == 201:
                    mine.append(reply.json["data"]["id"])
            elif luck.random() < 0.15:
                action = luck.choice(("lock", "unlock"))
                self.call(client, "POST", f"/api/v2/workspaces/{workspace.id}/actions/{action}", {"reason": "storm"})
            else:
                action = luck.choice(("apply", "apply", "discard", "cancel", "force-execute"))
                self.call(client, "POST", f"/api/v2/runs/{luck.choice(mine[-6:])}/actions/{action}")

    def runner(self, seed):
        luck = random.Random(seed)
        client = harness.Client(self.terrace, self.runner_token)
        agent = None
        while self.busy():
            agent = agent or self.call(client, "POST", "/api/runner/v1/agents", {"name": f"storm-{seed}"})
            if not agent or agent.status != 200:
                agent = None
                continue
            reply = self.call(client, "POST", f"/api/runner/v1/agents/{agent.json['id']}/claim", {"accept": ["plan", "apply"]})
            if not reply or reply.status != 200:
                time.sleep(0.01)
                continue
            job = f"/api/runner/v1/jobs/{reply.json['id']}"
            self.call(client, "POST", job + "/log?offset=0", b"a line\n")
            if luck.random() < 0.5:
                self.call(client, "POST", job + "/renew")
            if luck.random() < 0.1:
                continue  # it has died
            for _ in range(20):
                done = self.call(client, "POST", job + "/finish", {
                    "status": luck.choice(("finished", "finished", "finished", "errored", "canceled")),
                    "has_changes": luck.random() < 0.8})
                if done and done.status < 500:
                    break
                time.sleep(0.05)

    def killer(self):
        luck = random.Random(1)
        while self.busy():
            time.sleep(luck.uniform(0.5, 1.5))
            workers = self.terrace.workers()
            if workers:
                self.kills += 1
                os.kill(luck.choice(workers), signal.SIGKILL)

    def storm(self, *more):
        threads = [threading.Thread(target=self.person, args=(n,)) for n in range(5)]
        threads += [threading.Thread(target=self.runner, args=(n,)) for n in range(3)]
        threads += [threading.Thread(target=one) for one in more]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(self.problems, [])
        for name, query in IMPOSSIBLE.items():
            self.assertEqual(self.terrace.cluster.sql(query, database="terrace").strip(), "", name)
        counts = self.terrace.cluster.sql("SELECT status, count(*) FROM runs GROUP BY 1 ORDER BY 2 DESC", database="terrace")
        self.assertGreater(len(counts.splitlines()), 4, counts)
        print("# " + " ".join(counts.split()))

    def test_all_at_once(self):
        self.storm()

    def test_while_workers_are_killed(self):
        self.storm(self.killer)


if __name__ == "__main__":
    unittest.main()
