"""Stops an installation by its recorded processes, front to back."""

import os
import signal
import time

import installation

var = os.path.abspath(os.environ.get("TERRACE_VAR", os.path.join(installation.TOP, "var")))
processes = installation.Processes(os.path.join(var, "processes.json"))
# A runner ends a job that it has begun; it is told twice, so that it does not take an hour for that.
running = {name: processes.pid(name) for name in processes.entries}
for name in [name for name in processes.entries if name.startswith("runner")]:
    processes.notify(name, signal.SIGTERM)
    time.sleep(0.5)
others = [(name, signal.SIGTERM) for name in processes.entries if name.startswith(("runner", "worker"))]
for name, signum in (*sorted(others), ("nginx", signal.SIGQUIT), ("terrace", signal.SIGTERM), ("postgres", signal.SIGINT)):
    pid = processes.stop(name, signum) or running.get(name)
    print(f"{name}: {'was not running' if pid is None else f'stopped {pid}'}")
