"""What the five systems that holdfast succeeds document for their users, each line tied to the tests that show it.

An id is `system:feature`. `tests` are `file::test` below `tests/`. A line without tests is either `later` (its part of
holdfast does not exist yet) or a `deviation`: holdfast does it otherwise, and why. `test_requirements.py` holds this
table and the tests together.
"""

from tests.documented.claude_memory_mcp import CLAUDE_MEMORY_MCP
from tests.documented.engram import ENGRAM
from tests.documented.requirement import HUB, OPENCLAW, OPENCODE, PREDECESSORS, Requirement

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

REQUIREMENTS: dict[str, Requirement] = {
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
    # engram
    "engram:session-tracking": Requirement(
        "sessions are tracked without being asked", (f"{_SEE}test_sessions_are_listed_with_what_was_asked_first",)
    ),
    "engram:start-server": Requirement(
        "a session's start ensures that the server runs",
        (f"{_HOOK}test_the_first_hook_starts_the_daemon_and_is_answered",),
    ),
    "engram:previous-context": Requirement(
        "a new session is given the context of those before",
        (
            f"{_BACK}test_each_session_begins_with_what_the_one_before_it_left",
            f"{_MAIN}test_what_was_typed_to_hold_always_and_a_note_reach_the_next_session",
        ),
    ),
    "engram:compaction-recovery": Requirement(
        "after a compaction the context is given again",
        (
            f"{_BACK}test_after_a_compaction_a_session_knows_where_it_stood_and_what_holds",
            f"{_SESSIONS}test_after_a_compaction_the_notes_are_given_again",
        ),
    ),
    "engram:setup": Requirement(
        "`engram setup claude-code` installs the plugin through the host",
        (
            f"{_MAIN}test_what_was_typed_to_hold_always_and_a_note_reach_the_next_session",
            "integration/cli/test_doctor.py::test_setup_that_was_done_can_be_done_again",
        ),
    ),
    "engram:private-tags": Requirement(
        "<private> is taken out in the plugin, before data leaves the process, and in the store, before a write",
        (
            f"{_HOOK}test_private_words_are_not_kept_even_in_the_spool",
            "unit/store/test_log.py::test_every_text_is_guarded_before_it_is_written",
            f"{_TOOLS}test_saving.py::test_secrets_and_private_words_do_not_reach_the_store",
            "unit/guard/test_clean.py::test_private_tags",
            "property/test_guard.py::test_private_tags_and_fences_never_raise_and_settle",
        ),
        deviation="the hook hands its payload as it is to the daemon of the same user, over a socket that only this "
        "user can open, and guards what it has to write to disk itself; the daemon guards before anything is stored, "
        "and the log once more. Guarding in each hook would cost every tool call its time and protect from nobody.",
    ),
    "engram:topic-upsert": Requirement(
        "saving under the same topic key revises",
        (
            "unit/store/test_log.py::*topic*",
            f"{_TOOLS}test_saving.py::test_the_same_topic_key_revises",
            f"{_TOOLS}test_saving.py::test_a_topic_key_holds_within_one_project_and_scope",
            f"{_TOOLS}test_saving.py::test_what_was_said_under_a_topic_before_stays_in_its_history",
        ),
    ),
    "engram:export-import": Requirement(
        "export and import of everything", (f"{_CARRY}test_an_export_carries_everything_to_another_home",)
    ),
    "engram:delete": Requirement(
        "soft deletion and hard deletion",
        (
            f"{_KEEP}test_forgotten_is_found_no_more_and_comes_back",
            "integration/cli/test_erasing.py::test_an_erased_memory_leaves_the_disk",
            f"{_TOOLS}test_caring.py::test_a_note_is_forgotten_and_erased",
        ),
    ),
    "engram:subagent-capture": Requirement(
        "a sub-agent's report is kept when it ends",
        (f"{_SESSIONS}test_what_a_sub_agent_is_told_is_not_the_owners_word_and_its_report_is_kept",),
    ),
    "engram:passive-capture": Requirement(
        "items under a heading of learnings, in English or Spanish, become memories",
        (
            f"{_BACK}test_what_a_sub_agent_lists_as_learned_is_kept_as_its_word",
            f"{_GIVE}test_what_an_agent_lists_as_learned_is_drawn_and_show_says_why",
            "unit/distill/test_drawing.py::*learn*",
            f"{_TOOLS}test_saving.py::test_learnings_are_captured_once",
        ),
    ),
    "engram:tools": Requirement(
        "mem_* tools in profiles",
        (
            f"{_TOOLS}test_table.py::test_the_profiles_have_the_tools_of_the_predecessors",
            f"{_TOOLS}test_table.py::test_the_default_profile_is_small",
            f"{_TOOLS}test_saving.py::test_a_saved_note_is_the_agents_word_in_the_project_of_the_folder",
            f"{_TOOLS}test_finding.py::test_what_speaks_for_or_against_a_note_stands_below_it",
            f"{_TOOLS}test_sessions.py::test_a_session_without_hooks_leaves_its_summary_to_the_next",
            f"{_BRIDGE}test_bridge.py::test_a_version_that_is_known_is_taken_and_else_the_newest_is_told",
            f"{_BRIDGE}test_client.py::test_the_official_client_lists_calls_and_reads",
            f"{_HOST_TOOLS}test_a_note_that_the_agent_saves_in_one_session_is_found_in_the_next",
        ),
    ),
    "engram:protocol": Requirement(
        "the Memory Protocol as a skill",
        (
            f"{_HOST_TOOLS}test_the_memory_protocol_is_offered_as_a_skill",
            "unit/hosts/test_plugin.py::test_the_protocol_says_when_to_save_search_and_close_and_how_to_recover",
            f"{_TOOLS}test_table.py::test_when_to_save_and_when_to_search_stands_in_the_first_240_characters",
        ),
    ),
    "engram:judging": Requirement(
        "a save names candidates of conflict, a verdict is recorded, searches show it",
        (
            "integration/cli/test_conflicts.py::test_what_may_disagree_is_named_judged_and_no_longer_given",
            "unit/operations/test_conflicts.py::test_a_save_names_what_may_disagree_with_it",
            "unit/operations/test_conflicts.py::test_a_verdict_is_answered_whole",
            "unit/operations/test_conflicts.py::test_what_is_no_judgment_or_verdict_changes_nothing",
            "property/test_relations.py::TestRelations",
            f"{_TOOLS}test_saving.py::test_what_a_note_may_contradict_is_named_judged_and_shown_beside_it",
            f"{_TOOLS}test_caring.py::test_a_verdict_that_nobody_asked_for_is_the_agents",
        ),
    ),
    "engram:opencode": Requirement("the OpenCode plugin", later=OPENCODE),
    "engram:git-sync": Requirement("git-synced chunks and cloud", later=HUB),
    # claude-memory-mcp
    "memory-mcp:local-first": Requirement(
        "works at once with local SQLite, without a server or an account",
        (
            "faults/test_local_machine.py::test_the_daemon_listens_on_no_network",
            f"{_KEEP}test_what_is_kept_is_found_listed_and_shown",
        ),
    ),
    "memory-mcp:remember": Requirement(
        "a fact is remembered with category, tags, importance and keywords",
        (
            f"{_TOOLS}test_caring.py::test_a_memory_is_stored_recalled_listed_and_deleted_in_the_words_of_the_contract",
            f"{_TOOLS}test_caring.py::test_keywords_are_searched_and_never_shown",
        ),
    ),
    "memory-mcp:recall": Requirement(
        "memories are found by words and expanded words",
        (
            f"{_TOOLS}test_caring.py::test_a_memory_is_stored_recalled_listed_and_deleted_in_the_words_of_the_contract",
            f"{_SEE}test_words_of_a_session_are_found_beside_memories",
        ),
    ),
    "memory-mcp:list": Requirement(
        "recent memories, by category",
        (
            f"{_TOOLS}test_caring.py::test_a_memory_is_stored_recalled_listed_and_deleted_in_the_words_of_the_contract",
            f"{_TOOLS}test_caring.py::test_a_category_is_kept_to_and_defaults_to_facts",
        ),
    ),
    "memory-mcp:bound": Requirement(
        "content over 1,400 characters is refused before any write",
        (
            "unit/memory/test_draft.py::test_a_longer_body_is_refused_with_its_length_and_what_to_do",
            "unit/memory/test_draft.py::test_a_body_of_1400_characters_is_kept_whole",
            f"{_TOOLS}test_caring.py::test_what_is_too_long_or_out_of_bounds_is_told_or_brought_to_the_nearest",
        ),
    ),
    "memory-mcp:compaction-survival": Requirement(
        "memories are given again after a compaction",
        (
            f"{_BACK}test_after_a_compaction_a_session_knows_where_it_stood_and_what_holds",
            f"{_SESSIONS}test_after_a_compaction_the_notes_are_given_again",
        ),
    ),
    "memory-mcp:auto-learn": Requirement(
        "after each reply a model extracts corrections and preferences from the conversation",
        (
            f"{_MAIN}test_what_was_typed_to_hold_always_and_a_note_reach_the_next_session",
            "unit/distill/test_drawing.py::test_a_correction_says_what_shall_be_instead_of_what",
            "unit/distill/test_drawing.py::test_a_preference_is_of_the_project_or_of_the_person",
            "unit/distill/test_drawing.py::test_a_decision_of_the_owner_is_kept",
        ),
        deviation="by rules over the owner's own words; no model is called behind the user's back.",
    ),
    "memory-mcp:debug": Requirement(
        "a variable makes hooks speak on standard error",
        (f"{_HOOK}test_debug_speaks_on_standard_error_and_only_there",),
        deviation="HOLDFAST_DEBUG=1 instead of DEBUG_CLAUDE_MEMORY_HOOKS=1.",
    ),
    "memory-mcp:soft-delete": Requirement(
        "what was deleted does not come back",
        (
            "property/test_log.py::*",
            "integration/cli/test_erasing.py::test_an_erased_session_is_gone_and_its_transcript_does_not_bring_it_back",
        ),
    ),
    "memory-mcp:offline-queue": Requirement(
        "nothing is lost while the server is away",
        (
            "faults/test_kill_rounds.py::test_seeded_kills_lose_nothing_and_double_nothing",
            f"{_HOOK}test_a_capture_hook_without_a_daemon_spools_starts_one_and_is_drained",
            f"{_BRIDGE}test_bridge.py::test_what_two_sessions_save_at_once_all_lands",
        ),
        deviation="the server is the daemon of this machine; that of the hub is another matter.",
    ),
    "memory-mcp:migrations": Requirement(
        "migrations run by themselves at start", ("faults/test_store_migration.py::*",)
    ),
    "memory-mcp:tools": Requirement(
        "memory_store, memory_recall, memory_list, memory_delete, secret_get",
        (
            f"{_TOOLS}test_caring.py::test_a_memory_is_stored_recalled_listed_and_deleted_in_the_words_of_the_contract",
            f"{_TOOLS}test_caring.py::test_a_secret_in_a_stored_memory_is_sealed_and_given_back_on_request",
            f"{_TOOLS}test_table.py::test_the_profiles_have_the_tools_of_the_predecessors",
        ),
    ),
    "memory-mcp:secrets": Requirement(
        "secrets are sealed or kept in Vault",
        (
            "unit/test_safe.py::*",
            "unit/test_rescan.py::*",
            "property/test_sealing.py::*",
            "faults/test_sealed.py::*",
            "integration/cli/test_secrets.py::*",
            f"{_TOOLS}test_caring.py::test_a_secret_in_a_stored_memory_is_sealed_and_given_back_on_request",
        ),
        deviation="sealed in the store, under a key of the user's own; no server is asked to keep them.",
    ),
    "memory-mcp:auto-approve": Requirement(
        "memory tools are approved without a question, secret_get and deletion too",
        (
            f"{_TOOLS}test_table.py::test_what_reads_and_saves_is_let_through_and_what_deletes_or_unseals_is_asked",
            f"{_BRIDGE}test_permission.py::*",
            f"{_HOST_TOOLS}test_the_owner_is_not_asked_before_a_note_is_saved",
            f"{_HOST_TOOLS}test_without_auto_approval_the_owner_is_asked",
            "unit/hosts/test_plugin.py::test_the_host_asks_about_every_tool_of_ours_and_about_no_other",
        ),
        deviation="what deletes or merges takes something away, and what secret_get returns is in the conversation "
        "from then on: the user is asked.",
    ),
    "memory-mcp:sync": Requirement("hybrid sync with a server", later=HUB),
    "memory-mcp:multi-user": Requirement("isolated users on one server", later=HUB),
    # engram and claude-memory-mcp, line by line
    **ENGRAM,
    **CLAUDE_MEMORY_MCP,
}
