"""What the five systems that holdfast succeeds document for their users, each line tied to the tests that show it.

An id is `system:feature`. `tests` are `file::test` below `tests/`. A line without tests is either `later` (its part of
holdfast does not exist yet) or a `deviation`: holdfast does it otherwise, and why. `test_requirements.py` holds this
table and the tests together.
"""

from tests.documented.claude_memory_mcp import CLAUDE_MEMORY_MCP
from tests.documented.engram import ENGRAM
from tests.documented.requirement import OPENCLAW, OPENCODE, PREDECESSORS, Requirement, together

__all__ = ["REQUIREMENTS", "Requirement"]

_MAIN = "hosts/test_main_job.py::"
_SESSIONS = "hosts/test_sessions.py::"
_BACK = "hosts/test_coming_back.py::"
_HOOK = "faults/test_hook.py::"
_JOURNAL = "property/test_journal.py::"
_PROJECTS = "unit/journal/test_projects.py::"
_CARRY = "integration/cli/test_carrying.py::"
_SEE = "integration/cli/test_seeing.py::"
_KEEP = "integration/cli/test_keeping.py::"
_GIVE = "integration/cli/test_giving.py::"
_STATUS = "integration/cli/test_status.py::"
_OGMEMORY = "integration/api/test_ogmemory.py::"
_TOOLS = "unit/tools/"
_HOST_TOOLS = "hosts/test_tools.py::"
_BRIDGE = "integration/mcp/"

OBSERVER = "the optional observer model"
VIEWER = "the viewer"

_OTHERS: dict[str, Requirement] = {
    # oGMemory's Claude Code plugin
    "ogmemory:post-tool-use": Requirement(
        "PostToolUse appends input and output, truncated, of Write, Edit, MultiEdit, Bash and NotebookEdit only",
        (
            "unit/hosts/test_tools.py::test_what_the_allowlist_names_is_kept_with_input_and_output",
            "unit/hosts/test_tools.py::test_of_other_tools_the_name_and_two_hundred_characters_stay",
            f"{_MAIN}test_the_work_of_a_session_is_in_the_journal",
            f"{_HOOK}test_ten_megabytes_keep_head_tail_and_true_length",
        ),
    ),
    "ogmemory:same-buffer": Requirement(
        "tool calls and the transcript's turns end in one session, in order",
        (f"{_JOURNAL}test_any_order_and_repetition_of_hooks_and_lines_gives_one_journal",),
    ),
    "ogmemory:user-prompt-submit": Requirement(
        "UserPromptSubmit gives what was found and the profile as additionalContext",
        (
            f"{_BACK}test_a_note_comes_with_the_prompt_that_it_matters_for_and_once",
            "unit/test_giving.py::test_a_prompt_is_given_the_notes_that_matter_for_it",
            "unit/test_giving.py::test_what_the_owner_prefers_everywhere_is_a_profile_given_in_every_project",
            f"{_GIVE}test_pack_shows_to_the_byte_what_a_session_is_given_with_a_prompt",
        ),
        deviation="the profile comes once, at the session's start.",
    ),
    "ogmemory:stop-incremental": Requirement(
        "Stop sends the transcript from where the last time ended, in print mode too",
        (
            f"{_JOURNAL}test_a_transcript_that_arrives_byte_by_byte_is_read_as_one_that_was_there",
            f"{_MAIN}test_the_work_of_a_session_is_in_the_journal",
        ),
    ),
    "ogmemory:pre-compact": Requirement(
        "what was said is stored before a compaction",
        (
            "unit/test_giving.py::test_after_a_compaction_a_session_knows_where_it_stood",
            f"{_BACK}test_after_a_compaction_a_session_knows_where_it_stood_and_what_holds",
        ),
    ),
    "ogmemory:one-module": Requirement(
        "all hooks share one client, work from any folder, and use the standard library only",
        (
            "test_architecture.py::test_the_edge_imports_the_standard_library_only",
            f"{_HOOK}test_the_first_hook_starts_the_daemon_and_is_answered",
        ),
    ),
    "ogmemory:silent": Requirement(
        "a hook ends with 0 whatever happens and speaks on standard error only when asked",
        (
            f"{_HOOK}test_a_payload_that_makes_no_sense_changes_nothing",
            f"{_HOOK}test_debug_speaks_on_standard_error_and_only_there",
        ),
    ),
    "ogmemory:offset-sidecar": Requirement(
        "a `.ingest-offset` file beside the transcript shows how far it was read",
        deviation="positions are in the store, in the transaction that takes the lines: a file beside them is lost or "
        "doubled by a crash. `holdfast status` and `doctor` show what was stored; a sidecar left there is no obstacle.",
    ),
    "ogmemory:compose": Requirement(
        "/og-compose prints the whole block for a query",
        (
            f"{_HOST_TOOLS}test_a_command_gives_the_model_its_words_and_the_tool",
            f"{_TOOLS}test_finding.py::test_context_for_a_question_is_what_a_prompt_would_be_given",
        ),
    ),
    "ogmemory:add-history": Requirement(
        "/og-add-history imports the project's past transcripts, each once",
        (
            f"{_CARRY}test_the_transcripts_of_this_folders_project_are_found",
            f"{_CARRY}test_past_transcripts_are_read_once",
            f"{_HOST_TOOLS}test_the_size_of_the_history_is_told_before_it_is_read",
        ),
    ),
    "ogmemory:marketplace": Requirement(
        "the plugin is installed from a marketplace, or by --plugin-dir",
        (
            f"{_SESSIONS}test_the_plugin_is_valid_for_both_versions",
            f"{_MAIN}test_what_was_typed_to_hold_always_and_a_note_reach_the_next_session",
            f"{_HOST_TOOLS}test_the_plugin_works_from_its_folder_alone",
        ),
    ),
    "ogmemory:api": Requirement(
        "compose, after_turn, sessions/{id}/messages and health over HTTP",
        (
            f"{_OGMEMORY}test_a_session_of_its_plugin_is_in_the_journal_each_thing_once_and_in_order",
            f"{_OGMEMORY}test_a_prompt_is_given_all_sections_in_the_order_of_its_plugin",
            f"{_OGMEMORY}test_compose_answers_every_documented_field",
            f"{_OGMEMORY}test_without_the_key_its_scripts_are_silent_and_nothing_is_kept",
            "integration/api/test_admission.py::test_health_proves_that_it_knows_the_token_and_tells_nothing_else",
        ),
    ),
    "ogmemory:key": Requirement(
        "with OG_AUTH_API_KEY set, X-API-Key, X-Account-ID and X-User-ID are sent",
        (f"{_OGMEMORY}test_without_the_key_its_scripts_are_silent_and_nothing_is_kept",),
    ),
    # codemem
    "codemem:sqlite-artifacts": Requirement(
        "each session leaves its work in SQLite without being asked",
        (f"{_MAIN}test_the_work_of_a_session_is_in_the_journal",),
    ),
    "codemem:stats-recent": Requirement(
        "commands confirm what was stored lately",
        (
            f"{_STATUS}test_status_tells_what_was_heard_stored_and_kept",
            f"{_KEEP}test_what_is_kept_is_found_listed_and_shown",
        ),
    ),
    "codemem:hooks": Requirement(
        "SessionStart, UserPromptSubmit, PostToolUse, PostToolUseFailure, Stop and SessionEnd are registered",
        (
            "unit/hosts/test_plugin.py::test_an_event_is_registered_once_with_the_one_client_and_a_bound",
            f"{_MAIN}test_the_work_of_a_session_is_in_the_journal",
            f"{_JOURNAL}test_each_source_alone_tells_what_it_can_see_and_no_more",
        ),
    ),
    "codemem:hook-from-stdin": Requirement(
        "one hook payload can be handed over by hand from standard input",
        ("integration/cli/test_shape.py::test_a_hook_can_be_called_by_hand",),
    ),
    "codemem:durable-spool": Requirement(
        "a payload that nobody takes is kept on disk and taken up later",
        (
            f"{_HOOK}test_a_capture_hook_without_a_daemon_spools_starts_one_and_is_drained",
            f"{_JOURNAL}test_what_hooks_had_to_spool_gives_the_same_journal",
        ),
    ),
    "codemem:no-latency": Requirement(
        "a prompt waits only so long, and nothing is downloaded for it",
        (
            "unit/test_giving.py::test_for_a_prompt_no_connection_is_opened_and_no_program_started",
            f"{_HOOK}test_a_hung_daemon_does_not_hold_the_host_up_and_nothing_is_lost",
            f"{_SESSIONS}test_a_hung_daemon_does_not_keep_the_user_from_working",
        ),
    ),
    "codemem:boundary-flush": Requirement(
        "SessionEnd keeps everything without waiting for a timer",
        (
            f"{_MAIN}test_the_work_of_a_session_is_in_the_journal",
            "faults/test_durability.py::test_nothing_is_acknowledged_before_it_is_synced",
        ),
    ),
    "codemem:project-precedence": Requirement(
        "CODEMEM_PROJECT first, then the repository of the folder, then what the payload says",
        (
            f"{_PROJECTS}test_a_name_comes_before_everything",
            f"{_PROJECTS}test_the_repository_of_the_working_folder_comes_before_the_hosts_folder",
        ),
    ),
    "codemem:project-label": Requirement(
        "a project is shown by its last part, Windows paths by the rules of Windows on every system",
        (f"{_PROJECTS}test_a_label_is_the_last_part_by_the_rules_of_the_system_it_comes_from",),
    ),
    "codemem:shared-project-name": Requirement(
        "several hosts with the same name share one project",
        (f"{_PROJECTS}test_the_same_name_in_two_hosts_is_one_project",),
    ),
    "codemem:troubleshooting": Requirement(
        "a check says whether plugin, daemon and store fit together",
        (
            "integration/cli/test_doctor.py::test_a_whole_chain_is_ok_and_says_so",
            "integration/cli/test_doctor.py::test_a_link_that_is_gone_is_told",
        ),
    ),
    "codemem:backlog": Requirement(
        "what waits and what failed is shown, and can be tried again",
        (
            f"{_STATUS}test_status_tells_what_waits_and_what_was_set_aside",
            "integration/cli/test_doctor.py::test_events_that_were_set_aside_are_told_and_tried_again",
        ),
    ),
    "codemem:restart": Requirement(
        "serve --restart",
        ("integration/cli/test_daemon.py::test_a_daemon_that_does_not_answer_is_replaced_by_a_restart",),
    ),
    "codemem:ignore": Requirement(
        "a variable keeps one process out",
        (
            f"{_HOOK}test_an_ignored_process_is_not_recorded_by_hook_or_transcript",
            f"{_SESSIONS}test_an_ignored_session_leaves_nothing_and_is_not_imported_later",
        ),
    ),
    "codemem:retention": Requirement(
        "raw events older than a setting are deleted",
        (
            "unit/store/test_care_retention.py::test_texts_older_than_the_age_leave_and_headers_and_keys_stay",
            "unit/store/test_care_retention.py::test_what_a_memory_points_at_stays",
        ),
        deviation="their texts are: the headers stay, by which they are recognised when they are told again, and what "
        "a memory was drawn from stays whole.",
    ),
    "codemem:inject-switch": Requirement(
        "giving notes can be switched off and bounded",
        (
            f"{_BACK}test_a_place_that_is_switched_off_is_given_nothing_and_no_pack_is_ever_cut",
            "unit/test_giving.py::test_each_place_can_be_switched_off",
        ),
    ),
    "codemem:version-skew": Requirement(
        "a plugin and a program of different versions notice and tell",
        (
            f"{_HOOK}test_a_newer_program_on_disk_takes_over_without_losing_a_hook",
            "faults/test_local_machine.py::test_a_frame_of_another_wire_is_not_answered_and_the_hook_keeps_its_copy",
            "integration/cli/test_doctor.py::test_a_changed_plugin_is_told",
        ),
    ),
    "codemem:runner": Requirement(
        "CODEMEM_RUNNER chooses uv, uvx or a program",
        deviation="the launcher names its interpreter and the daemon's command; nothing is looked up or downloaded "
        "when a hook runs.",
    ),
    "codemem:pack-for-prompt": Requirement(
        "a pack for each prompt, 8 items, 800 tokens",
        (
            f"{_BACK}test_a_note_comes_with_the_prompt_that_it_matters_for_and_once",
            f"{_GIVE}test_pack_says_of_each_item_why_it_is_there_and_of_the_others_why_not",
            "unit/test_giving.py::test_a_prompt_is_given_at_most_so_many_items",
        ),
        deviation="5 items and 400 tokens, and nothing at all when nothing matters; both are settings.",
    ),
    "codemem:pack-command": Requirement(
        "`pack CONTEXT` prints the block",
        (f"{_GIVE}test_pack_shows_to_the_byte_what_a_session_is_given_with_a_prompt",),
    ),
    "codemem:no-duplicates-in-context": Requirement(
        "an item is not injected again in the same session",
        (
            "unit/test_giving.py::test_nothing_is_given_twice_until_it_changes_or_the_session_is_compacted",
            f"{_BACK}test_a_resumed_session_and_a_fork_are_given_nothing_twice",
        ),
    ),
    "codemem:raw-events-http": Requirement("POST /api/claude-hooks and /api/raw-events", later=PREDECESSORS),
    "codemem:observer": Requirement("a model distils batches of events", later=OBSERVER),
    "codemem:viewer": Requirement("a viewer at a printed address", later=VIEWER),
    "codemem:opencode": Requirement("the OpenCode plugin with mem-status, mem-stats, mem-recent", later=OPENCODE),
    # the Hindsight-backed OpenClaw plugin
    "hindsight:openclaw-slot": Requirement(
        "a memory plugin for OpenClaw: tools, services, lifecycle hooks", later=OPENCLAW
    ),
}

REQUIREMENTS = together(_OTHERS, ENGRAM, CLAUDE_MEMORY_MCP)
