# tests

# whole installations, a real CLI, the official client's suite
EXTRA_DIST += tests/tap.py tests/tools/go.mod tests/tools/go.sum tests/conformance tests/e2e tests/api
.PHONY: conformance check-api check-e2e

check-api:
	TERRACE_BUILD=$(abs_builddir) $(PYTHON3) $(top_srcdir)/tests/api/run.py $(T)

check-e2e:
	TERRACE_BUILD=$(abs_builddir) $(PYTHON3) $(top_srcdir)/tests/tap.py $(top_srcdir)/tests/e2e $(T)

conformance:
	TERRACE_BUILD=$(abs_builddir) $(PYTHON3) $(top_srcdir)/tests/conformance/run.py $(T)
