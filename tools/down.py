"""Stops an installation by its recorded processes, front to back."""

import os
import signal

import installation

var = os.path.abspath(os.environ.get("TERRACE_VAR", os.path.join(installation.TOP, "var")))
processes = installation.Processes(os.path.join(var, "processes.json"))
for name, signum in (("nginx", signal.SIGQUIT), ("worker", signal.SIGTERM), ("terrace", signal.SIGTERM), ("postgres", signal.SIGINT)):
    pid = processes.stop(name, signum)
    print(f"{name}: {'was not running' if pid is None else f'stopped {pid}'}")
