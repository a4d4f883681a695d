# tools
EXTRA_DIST += tools/embed_sql.py
# tools: what developers and administrators run from the tree
EXTRA_DIST += tools/up tools/up.py tools/down tools/down.py tools/build tools/check tools/cli tools/count.py \
	tools/installation.py tools/packages.sh tools/providers tools/opa tools/lint.sh tools/lint_layers.py tools/coverage.py

LINT_CPPFLAGS = $(DEFS) -DTERRACE_VERSION=\"$(VERSION)\" -I. $(AM_CPPFLAGS) $(CPPFLAGS) $(PQ_CFLAGS) $(JSONC_CFLAGS) $(SODIUM_CFLAGS) \
	$(CRYPTO_CFLAGS) $(INIH_CFLAGS) $(CURL_CFLAGS) $(XMLSEC_CFLAGS)

.PHONY: lint format-check format check-asan check-dist coverage

# clang reads the headers that the build generates.
lint: $(BUILT_SOURCES)
	@status=0; CPPFLAGS='$(LINT_CPPFLAGS)' CFLAGS='$(TERRACE_CFLAGS)' $(top_srcdir)/tools/lint.sh || status=1; \
	$(PYTHON3) $(top_srcdir)/tools/lint_layers.py || status=1; \
	exit $$status

format-check:
	@$(top_srcdir)/tools/lint.sh format

format:
	cd $(top_srcdir) && find src cgi-bin tests -name '*.[ch]' ! -name '*_gen.c' ! -name statements.h \
		-exec clang-format -i {} +

# The same tests in a build of their own below this one.
check-asan:
	@set -e; $(top_srcdir)/tools/build $(abs_builddir)/asan --enable-sanitizers CFLAGS='-O1 -g'; \
	status=0; unset TERRACE_BUILD; $(MAKE) -C asan --no-print-directory check || status=1; \
	$(PYTHON3) $(top_srcdir)/tools/count.py --automake asan; \
	TERRACE_BUILD=$(abs_builddir)/asan $(PYTHON3) $(top_srcdir)/tests/api/run.py || status=1; \
	exit $$status

check-dist:
	@status=0; unset TERRACE_BUILD; $(MAKE) --no-print-directory distcheck >dist.log 2>&1 || status=1; \
	if test $$status = 0; then echo "ok - make distcheck"; else tail -40 dist.log | sed 's/^/# /'; \
	echo "not ok - make distcheck"; fi; \
	rm -rf installed; $(MAKE) --no-print-directory install DESTDIR=$(abs_builddir)/installed >/dev/null 2>&1; \
	if test -x installed$(libexecdir)/terrace.fcgi && test -x installed$(bindir)/terracectl; then \
	echo "ok - make install DESTDIR"; else echo "not ok - make install DESTDIR"; status=1; fi; \
	exit $$status

coverage:
	@set -e; $(top_srcdir)/tools/build $(abs_builddir)/coverage --enable-coverage CFLAGS='-O0 -g'; \
	find coverage -name '*.gcda' -delete; \
	unset TERRACE_BUILD; $(MAKE) -C coverage --no-print-directory check >coverage/check.out 2>&1 || true; \
	TERRACE_BUILD=$(abs_builddir)/coverage $(PYTHON3) $(top_srcdir)/tests/api/run.py \
		>coverage/api.out 2>&1 || true; \
	TERRACE_BUILD=$(abs_builddir)/coverage $(PYTHON3) $(top_srcdir)/tests/tap.py $(top_srcdir)/tests/e2e \
		test_login test_outage test_pages test_state >coverage/e2e.out 2>&1 || true; \
	$(PYTHON3) $(top_srcdir)/tools/coverage.py coverage
