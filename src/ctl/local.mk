# terracectl: one line a source, so that two changes rarely touch the same.
bin_PROGRAMS += terracectl
terracectl_SOURCES =
terracectl_SOURCES += src/ctl/accounts.c
terracectl_SOURCES += src/ctl/audit.c
terracectl_SOURCES += src/ctl/collect.c
terracectl_SOURCES += src/ctl/ctl.h
terracectl_SOURCES += src/ctl/doctor.c
terracectl_SOURCES += src/ctl/explain.c
terracectl_SOURCES += src/ctl/main.c
terracectl_SOURCES += src/ctl/password.c
terracectl_SOURCES += src/ctl/reseal.c
terracectl_SOURCES += src/ctl/setup.c
terracectl_SOURCES += src/ctl/users.c
terracectl_SOURCES += src/ctl/verify.c
terracectl_LDADD = libblob.a libdb.a libterrace_crypto.a libbase.a \
	$(PQ_LIBS) $(SODIUM_LIBS) $(CRYPTO_LIBS) $(INIH_LIBS) $(ZLIB_LIBS)
dist_man_MANS += docs/man/terracectl.8
