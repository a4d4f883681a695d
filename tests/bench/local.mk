# --- what is measured, by `make bench`: see docs/performance.md
EXTRA_DIST += tests/bench/run.py tests/bench/stack.py tests/bench/dataset.sql
check_PROGRAMS += tests/bench/load tests/bench/baseline tests/bench/statement
tests_bench_load_LDADD =

.PHONY: bench
bench: all tests/bench/load tests/bench/baseline tests/bench/statement
	TERRACE_BUILD=$(abs_builddir) $(PYTHON3) $(top_srcdir)/tests/bench/run.py \
		$(if $(BENCH_QUICK),--quick) $(T)
