# docs: pages for people; api.md is written by the program itself, permissions.md from its tables.
EXTRA_DIST += docs/ARCHITECTURE.md docs/admin.md docs/api.md docs/conformance.md docs/hooks.md docs/performance.md docs/permissions.md docs/runner-protocol.md
EXTRA_DIST += docs/ARCHITECTURE.md docs/admin.md docs/api.md docs/conformance.md docs/performance.md docs/permissions.md docs/runner-protocol.md docs/runner.md
EXTRA_DIST += tools/permissions.py
PERMISSIONS = $(PYTHON3) $(top_srcdir)/tests/pg.py run --migrate $(abs_builddir)/terracectl -- \
	$(PYTHON3) $(top_srcdir)/tools/permissions.py

.PHONY: docs docs-check
docs: terrace.fcgi terracectl
	./terrace.fcgi --reference >$(top_srcdir)/docs/api.md
	$(PERMISSIONS) >$(top_srcdir)/docs/permissions.md

# The committed pages are those that this tree would write.
docs-check: terrace.fcgi terracectl
	@./terrace.fcgi --reference | diff -u $(top_srcdir)/docs/api.md - >docs.diff \
	&& echo "ok - docs/api.md is current" || { sed 's/^/# /' docs.diff | head -40; \
	echo "not ok - docs/api.md is current: run make docs"; exit 1; }
	@$(PERMISSIONS) | diff -u $(top_srcdir)/docs/permissions.md - >docs.diff \
	&& echo "ok - docs/permissions.md is current" || { sed 's/^/# /' docs.diff | head -40; \
	echo "not ok - docs/permissions.md is current: run make docs"; exit 1; }
CLEANFILES += docs.diff
