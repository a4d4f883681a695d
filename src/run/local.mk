# src/run
noinst_LIBRARIES += librun.a
librun_a_SOURCES = src/run/query_run.c src/run/query_run.h src/run/run.c src/run/run.h src/run/run_assess.c src/run/run_assess.h \
	src/run/run_create.c src/run/run_create.h \
	src/run/run_log.c src/run/run_log.h \
	src/run/run_machine.c src/run/run_machine.h src/run/run_stage.c src/run/run_stage.h
