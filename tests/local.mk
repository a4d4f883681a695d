# tests
include tests/unit/http/local.mk
