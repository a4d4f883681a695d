# web: the pages' templates and files, embedded into libapi.a
EXTRA_DIST += web/pages web/assets tools/embed_web.py

WEB_GENERATED = src/api/pages/web_files.h src/api/pages/web_gen.c
BUILT_SOURCES += $(WEB_GENERATED)
CLEANFILES += $(WEB_GENERATED) src/api/pages/web.stamp

# As with sql/: the generator runs at each make and leaves alone what would not change.
$(WEB_GENERATED): src/api/pages/web.stamp
	@test -f $@
src/api/pages/web.stamp: FORCE-web
	@$(MKDIR_P) src/api/pages && $(PYTHON3) $(top_srcdir)/tools/embed_web.py \
		$(top_srcdir)/web src/api/pages && touch $@
FORCE-web:
.PHONY: FORCE-web
