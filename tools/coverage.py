"""Prints lines covered for each file and folder of src/, from the .gcda files below a build folder."""

import collections
import gzip
import json
import os
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def gather(build):
    lines = collections.defaultdict(dict)
    notes = [os.path.join(parent, name) for parent, _, names in os.walk(os.path.abspath(build))
             for name in names if name.endswith(".gcno")]
    with tempfile.TemporaryDirectory() as work:
        for note in notes:
            subprocess.run(["gcov", "--json-format", note], cwd=work, check=False,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            for name in os.listdir(work):
                with gzip.open(os.path.join(work, name), "rt", encoding="utf-8") as file:
                    document = json.load(file)
                os.unlink(os.path.join(work, name))
                for source in document["files"]:
                    path = os.path.normpath(os.path.join(document["current_working_directory"], source["file"]))
                    path = os.path.relpath(path, TOP)
                    if path.startswith(("src/", "cgi-bin/")) and not path.endswith("_gen.c"):
                        for line in source["lines"]:
                            seen = lines[path]
                            number = line["line_number"]
                            seen[number] = max(seen.get(number, 0), line["count"])
    return lines


def row(name, run, total):
    print(f"{name:<50} {run:>6} of {total:>6} {100 * run / total if total else 100:6.1f} %")


def main(build):
    lines = gather(build)
    folders = collections.defaultdict(lambda: [0, 0])
    for path in sorted(lines):
        run, total = sum(1 for count in lines[path].values() if count), len(lines[path])
        row(path, run, total)
        for folder in (os.path.dirname(path), "all"):
            folders[folder][0] += run
            folders[folder][1] += total
    print()
    for folder in sorted(folders, key=lambda name: (name == "all", name)):
        row(folder, *folders[folder])


if __name__ == "__main__":
    main(sys.argv[1])
