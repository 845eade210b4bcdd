#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Write schemas as a C source, each as one string.

What a schema includes from the directory that it is in itself is put into it:
a schema that is read from memory has no place to look for other files.

usage: embed-schemas.py OUTPUT NAME=SCHEMA...
"""

import os
import re
import sys

INCLUDE = re.compile(r'<include href="(?P<name>[\w.-]+)"/>')
GRAMMAR = re.compile(r"<grammar\b[^>]*>(?P<content>.*)</grammar>", re.S)


def read(path):
    """The schema, its includes from beside it resolved, without comments."""
    with open(path, encoding="utf-8") as stream:
        text = re.sub(r"<!--.*?-->", "", stream.read(), flags=re.S)

    def content(match):
        included = read(os.path.join(os.path.dirname(path), match["name"]))
        return GRAMMAR.search(included)["content"]

    return INCLUDE.sub(content, text)


def quote(text):
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return "\n".join('    "{}\\n"'.format(line.replace("\\", "\\\\").replace('"', '\\"')) for line in lines)


def main():
    output, *schemas = sys.argv[1:]
    with open(output, "w", encoding="utf-8") as stream:
        stream.write("/* Made by embed-schemas.py. */\n#include \"ap-schemas.h\"\n")
        for schema in schemas:
            name, path = schema.split("=", 1)
            stream.write(f"\nconst char {name}[] =\n{quote(read(path))};\n")


main()
