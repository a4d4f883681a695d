"""What the tests of foreign clients share: the end-to-end harness, and the pinned Python packages in the
cache."""

import hashlib
import os
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "e2e")]
import harness  # noqa: E402
import receiver  # noqa: E402

USER = "alice"
TOP = harness.installation.TOP


def cache():
    return os.path.join(os.environ.get("XDG_CACHE_HOME", os.path.join(TOP, ".cache")), "terrace")


def use_packages():
    """Makes the packages of requirements.txt importable; skips where they cannot be installed."""
    requirements = os.path.join(HERE, "requirements.txt")
    with open(requirements, "rb") as file:
        version = hashlib.sha256(file.read() + sys.version.encode()).hexdigest()[:12]
    folder = os.path.join(cache(), f"python-{version}")
    if not os.path.isdir(folder):
        done = subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--retries", "1",
                               "--timeout", "20", "--target", folder + ".new", "--requirement", requirements],
                              text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        if done.returncode != 0:
            raise unittest.SkipTest("no Python packages: " + " ".join(done.stdout.split())[-200:])
        os.replace(folder + ".new", folder)
    if folder not in sys.path:
        sys.path.insert(0, folder)


def hooks():
    """The address of a receiver that answers every hook."""
    if not hasattr(hooks, "receiver"):
        hooks.receiver = receiver.Receiver()
    return hooks.receiver.url


def start(organization=None):
    """One installation for the whole program, with a user and, when named, an organization."""
    if not hasattr(start, "terrace"):
        start.terrace = harness.start(options={"outbound_private": "true"}, worker=True)
        start.terrace.token = harness.add_user(start.terrace, USER)
        harness.add_user(start.terrace, "bob")
    if organization:
        harness.add_organization(start.terrace, organization, USER)
    return start.terrace
