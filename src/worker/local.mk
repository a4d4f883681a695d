# src/worker
libexec_PROGRAMS += terrace-worker
terrace_worker_SOURCES = \
	src/worker/main.c \
	src/worker/work.c \
	src/worker/work_assessments.c \
	src/worker/work_auto_destroy.c \
	src/worker/work_collect.c \
	src/worker/work_mail.c \
	src/worker/work_notifications.c \
	src/worker/work_policies.c \
	src/worker/work_retention.c \
	src/worker/work_runs.c \
	src/worker/work_tasks.c \
	src/worker/work_triggers.c \
	src/worker/work_vcs.c \
	src/worker/vcs_slug.c src/worker/vcs_slug.h \
	src/worker/vcs_work.c src/worker/vcs_work.h \
	src/worker/worker.h
terrace_worker_LDADD = libpolicy.a libsentinel.a librun.a libhooks.a libvcs.a libnet.a libblob.a libdb.a libslug.a libterraform.a libjson.a libterrace_crypto.a libbase.a \
	$(PQ_LIBS) $(JSONC_LIBS) $(SODIUM_LIBS) $(CRYPTO_LIBS) $(INIH_LIBS) $(ZLIB_LIBS) $(ZSTD_LIBS) $(ARCHIVE_LIBS) $(CURL_LIBS)
dist_man_MANS += docs/man/terrace-worker.8
