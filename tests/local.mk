# tests
include tests/unit/http/local.mk
include tests/web/local.mk
