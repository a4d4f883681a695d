# tests
include tests/unit/db/local.mk
