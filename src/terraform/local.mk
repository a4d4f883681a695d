noinst_LIBRARIES += libterraform.a
libterraform_a_SOURCES = \
	src/terraform/state_collect.c src/terraform/state_collect.h \
	src/terraform/state_scan.c src/terraform/state_scan.h
libterraform_a_SOURCES += src/terraform/plan_health.c src/terraform/plan_health.h
libterraform_a_SOURCES += src/terraform/hcl.c src/terraform/hcl.h src/terraform/module_scan.c src/terraform/module_scan.h
