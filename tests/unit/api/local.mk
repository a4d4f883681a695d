# Unit tests of src/api: the parts that need no database.
API_TESTS = tests/unit/api/test_checks tests/unit/api/test_gpg_armor tests/unit/api/test_module_contents tests/unit/api/test_no_code_config \
	tests/unit/api/test_page_checks tests/unit/api/test_policy_manifest tests/unit/api/test_registry_version tests/unit/api/test_template
API_TESTS += tests/unit/api/test_explorer_query tests/unit/api/test_run_words tests/unit/api/test_scim_path tests/unit/api/test_terminal
check_PROGRAMS += $(API_TESTS)
TESTS += $(API_TESTS)
