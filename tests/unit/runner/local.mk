# tests/unit/runner
RUNNER_TESTS = \
	tests/unit/runner/test_cli \
	tests/unit/runner/test_cli_files \
	tests/unit/runner/test_cli_version \
	tests/unit/runner/test_dependencies \
	tests/unit/runner/test_env \
	tests/unit/runner/test_folder \
	tests/unit/runner/test_job \
	tests/unit/runner/test_plan_json \
	tests/unit/runner/test_runner_config \
	tests/unit/runner/test_sandbox \
	tests/unit/runner/test_summary
check_PROGRAMS += $(RUNNER_TESTS)
TESTS += $(RUNNER_TESTS)
tests_unit_runner_test_cli_LDADD = $(RUNNER_LIBS)
tests_unit_runner_test_cli_files_LDADD = $(RUNNER_LIBS)
tests_unit_runner_test_cli_version_LDADD = $(RUNNER_LIBS)
tests_unit_runner_test_dependencies_LDADD = $(RUNNER_LIBS)
tests_unit_runner_test_env_LDADD = $(RUNNER_LIBS)
tests_unit_runner_test_folder_LDADD = $(RUNNER_LIBS)
tests_unit_runner_test_job_LDADD = $(RUNNER_LIBS)
tests_unit_runner_test_plan_json_LDADD = $(RUNNER_LIBS)
tests_unit_runner_test_runner_config_LDADD = $(RUNNER_LIBS)
tests_unit_runner_test_sandbox_LDADD = $(RUNNER_LIBS)
tests_unit_runner_test_summary_LDADD = $(RUNNER_LIBS)
