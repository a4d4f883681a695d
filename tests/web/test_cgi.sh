#!/bin/sh
# The part of test_web.py that needs no web server.
exec python3 "${srcdir:-.}/tests/web/test_web.py" Cgi
