# terrace.fcgi with a database that fails on purpose, and the requests that must survive it.
check_PROGRAMS += terrace_faults.fcgi
terrace_faults_fcgi_SOURCES = cgi-bin/application.c tests/faults/faults.c
terrace_faults_fcgi_CPPFLAGS = $(AM_CPPFLAGS) $(PQ_CFLAGS)
terrace_faults_fcgi_LDADD = $(terrace_fcgi_LDADD)
terrace_faults_fcgi_LDFLAGS = -Wl,--wrap=PQexec,--wrap=PQprepare,--wrap=PQexecPrepared \
	-Wl,--wrap=PQexecParams,--wrap=PQsendPrepare,--wrap=PQsendQueryPrepared \
	-Wl,--wrap=PQsendQueryParams,--wrap=PQconnectdbParams
TESTS += tests/faults/test_run.py
EXTRA_DIST += tests/faults/run.py tests/faults/test_run.py
.PHONY: check-faults

# Some minutes: T=WORD for the scenarios whose name has it.
check-faults: terrace_faults.fcgi$(EXEEXT)
	TERRACE_BUILD=$(abs_builddir) $(PYTHON3) $(top_srcdir)/tests/faults/run.py $(T)
