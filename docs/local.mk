# docs: pages for people; api.md is written by the program itself.
EXTRA_DIST += docs/ARCHITECTURE.md docs/admin.md docs/api.md docs/conformance.md

.PHONY: docs docs-check
docs: terrace.fcgi
	./terrace.fcgi --reference >$(top_srcdir)/docs/api.md

# The committed reference is the one that this tree would write.
docs-check: terrace.fcgi
	@./terrace.fcgi --reference | diff -u $(top_srcdir)/docs/api.md - >docs.diff \
	&& echo "ok - docs/api.md is current" || { sed 's/^/# /' docs.diff | head -40; \
	echo "not ok - docs/api.md is current: run make docs"; exit 1; }
CLEANFILES += docs.diff
