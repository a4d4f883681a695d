# src/ctl: a file a line, so that two additions do not meet
bin_PROGRAMS += terracectl
terracectl_SOURCES = \
	src/ctl/accounts.c \
	src/ctl/audit.c \
	src/ctl/collect.c \
	src/ctl/ctl.h \
	src/ctl/doctor.c \
	src/ctl/explain.c \
	src/ctl/main.c \
	src/ctl/password.c \
	src/ctl/reseal.c \
	src/ctl/runners.c \
	src/ctl/setup.c \
	src/ctl/users.c \
	src/ctl/verify.c
terracectl_LDADD = librun.a libblob.a libdb.a libterrace_crypto.a libbase.a \
	$(PQ_LIBS) $(SODIUM_LIBS) $(CRYPTO_LIBS) $(INIH_LIBS) $(ZSTD_LIBS)
dist_man_MANS += docs/man/terracectl.8
