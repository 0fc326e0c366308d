"""What engram documents of its tools, hooks, commands and rules, line by line.

Its OpenCode plugin, its synchronisation and its routes belong to other parts of holdfast: one line each.
"""

from tests.documented.requirement import (
    HUB,
    OPENCODE,
    PREDECESSORS,
    Requirement,
    later,
    otherwise,
    shown,
    together,
)  # fmt: skip

__all__ = ["ENGRAM"]

_SAVE = "unit/tools/test_saving.py::"
_FIND = "unit/tools/test_finding.py::"
_CARE = "unit/tools/test_caring.py::"
_TELL = "unit/tools/test_sessions.py::"
_TABLE = "unit/tools/test_table.py::"
_PLUGIN = "unit/hosts/test_plugin.py::"
_CONFLICTS = "unit/operations/test_conflicts.py::"
_RELATIONS = "unit/store/test_log_relations.py::"
_LOG = "unit/store/test_log.py::"
_BRIDGE = "integration/mcp/test_bridge.py::"
_CLIENT = "integration/mcp/test_client.py::"
_HOST = "hosts/test_tools.py::"
_SESSIONS = "hosts/test_sessions.py::"
_PROTOCOL = "hosts/test_protocol.py::"
_BACK = "hosts/test_coming_back.py::"
_GIVING = "unit/test_giving.py::"
_PROJECTS = "unit/journal/test_projects.py::"
_MAIN = "hosts/test_main_job.py::"
_DRAWING = "unit/distill/test_drawing.py::"
_CLI = "integration/cli/"

# -- the plugin and its hooks --
_HOOKS: dict[str, Requirement] = {
    "engram:marketplace": shown(
        "installed from a marketplace: `plugin marketplace add`, `plugin install`",
        f"{_SESSIONS}test_the_plugin_is_valid_for_both_versions",
        f"{_MAIN}test_what_was_typed_to_hold_always_and_a_note_reach_the_next_session",
        but="from the folder that comes with the program: `holdfast setup claude-code` does both.",
    ),
    "engram:setup": shown(
        "`setup claude-code` installs the plugin through the host",
        f"{_MAIN}test_what_was_typed_to_hold_always_and_a_note_reach_the_next_session",
        f"{_CLI}test_doctor.py::test_setup_that_was_done_can_be_done_again",
    ),
    "engram:plugin-dir": shown(
        "`claude --plugin-dir` takes the plugin from its folder", f"{_HOST}test_the_plugin_works_from_its_folder_alone"
    ),
    "engram:plugin-tools": shown(
        "the plugin offers the 13 tools of the agent profile",
        f"{_PLUGIN}test_the_server_offers_the_agents_tools_and_is_never_put_off",
        f"{_HOST}test_the_tools_are_offered_with_their_schemas_from_the_first_request_on",
    ),
    "engram:bare-tools": shown(
        "the bare MCP command offers every tool, 17",
        f"{_BRIDGE}test_what_needs_no_daemon_starts_none",
        but="it offers the 13 of the agent profile: what deletes and merges is there when it is asked for "
        "(`--tools=all`); said by `holdfast mcp --help` and the page on the MCP server.",
    ),
    "engram:plugin-parts": shown(
        "plugin.json, .mcp.json, hooks.json and the skill",
        f"{_SESSIONS}test_the_plugin_is_valid_for_both_versions",
        f"{_PLUGIN}test_an_event_is_registered_once_with_the_one_client_and_a_bound",
        f"{_PLUGIN}test_the_server_offers_the_agents_tools_and_is_never_put_off",
        f"{_HOST}test_the_memory_protocol_is_offered_as_a_skill",
        but="no scripts: one small client for all events, without a shell, jq or curl.",
    ),
    "engram:start-server": shown(
        "SessionStart ensures that the server runs",
        "faults/test_hook.py::test_the_first_hook_starts_the_daemon_and_is_answered",
    ),
    "engram:session-tracking": shown(
        "SessionStart creates the session: sessions are tracked without being asked",
        f"{_CLI}test_seeing.py::test_sessions_are_listed_with_what_was_asked_first",
        f"{_MAIN}test_the_work_of_a_session_is_in_the_journal",
    ),
    "engram:previous-context": shown(
        "SessionStart gives the context of earlier sessions",
        f"{_BACK}test_each_session_begins_with_what_the_one_before_it_left",
        f"{_MAIN}test_what_was_typed_to_hold_always_and_a_note_reach_the_next_session",
    ),
    "engram:start-imports-chunks": later("SessionStart imports git-synced chunks where a manifest is", HUB),
    "engram:start-protocol": shown(
        "SessionStart prints the protocol before the context",
        "unit/recall/test_delivery.py::test_where_nothing_is_known_the_agent_is_told_how_to_remember_and_nothing_else",
        f"{_PROTOCOL}test_an_agent_that_obeys_saves_searches_closes_and_the_next_session_starts_with_its_words",
        but="in short: the skill says it at length.",
    ),
    "engram:start-sources": shown(
        "SessionStart is heard on startup, resume, clear and fork, and separately on compact",
        f"{_PLUGIN}test_every_way_in_which_a_session_starts_is_heard",
        f"{_BACK}test_the_user_is_shown_once_what_was_heard_and_a_compaction_a_clearing_and_a_resume_keep_to_that",
        f"{_BACK}test_a_resumed_session_and_a_fork_are_given_nothing_twice",
    ),
    "engram:compaction-recovery": shown(
        "after a compaction the session's context and the compacted summary are given",
        f"{_BACK}test_after_a_compaction_a_session_knows_where_it_stood_and_what_holds",
        f"{_SESSIONS}test_after_a_compaction_the_notes_are_given_again",
        f"{_GIVING}test_after_a_compaction_a_session_knows_where_it_stood",
        "unit/distill/test_handoff.py::test_the_hosts_summary_of_a_compaction_serves_the_hand_off",
        f"{_PROTOCOL}test_the_hosts_summary_is_handed_over_where_the_agent_saves_none_and_it_is_no_sub_agents_report",
    ),
    "engram:compaction-first-action": shown(
        "after a compaction the agent is told to call mem_session_summary before anything else",
        f"{_PROTOCOL}test_after_a_compaction_an_agent_that_obeys_saves_the_summary_first",
        f"{_PROTOCOL}test_after_a_compact_that_was_typed_in_the_ui_the_summary_is_saved_first",
    ),
    "engram:subagent-capture": shown(
        "SubagentStop captures what a sub-agent lists as learned, from `last_assistant_message`",
        f"{_BACK}test_what_a_sub_agent_lists_as_learned_is_kept_as_its_word",
        f"{_SESSIONS}test_what_a_sub_agent_is_told_is_not_the_owners_word_and_its_report_is_kept",
    ),
    "engram:passive-capture": shown(
        "learnings stand under a heading of level 2 or 3: Key Learning(s), Learnings, Aprendizajes (Clave); the last "
        "section with valid items counts; numbered items, else bullets; without markdown; at least 20 characters",
        f"{_DRAWING}test_learnings_are_drawn_from_their_heading_without_markup",
        f"{_DRAWING}test_the_last_section_of_learnings_with_valid_items_counts",
        f"{_CLI}test_giving.py::test_what_an_agent_lists_as_learned_is_drawn_and_show_says_why",
        f"{_SAVE}test_learnings_are_captured_once",
        but="at most 12 of a text; what stands in a block of code is none.",
    ),
    "engram:stop-hook": shown(
        "Stop logs that the turn ended",
        f"{_MAIN}test_the_work_of_a_session_is_in_the_journal",
        but="it keeps the reply, which engram does not.",
    ),
    "engram:tools-at-first-prompt": shown(
        "the first prompt tells the agent to load the tools",
        f"{_PLUGIN}test_the_server_offers_the_agents_tools_and_is_never_put_off",
        f"{_HOST}test_the_tools_are_offered_with_their_schemas_from_the_first_request_on",
        but="nothing has to be told: the server asks the host to load them always.",
    ),
    "engram:nudge": shown(
        "a nudge when nothing was saved for 15 minutes of a session older than 5",
        "unit/test_nudge.py::test_a_long_session_that_has_saved_nothing_is_reminded_once_and_a_short_one_never",
        "unit/test_nudge.py::test_of_two_long_sessions_in_a_row_one_is_reminded",
        f"{_PROTOCOL}test_an_agent_that_forgets_is_reminded_once_and_the_floor_of_rules_carries",
        but="by prompts and calls, not by the clock, and once in a session.",
    ),
    "engram:protocol": shown(
        "the Memory Protocol is a skill that is always at hand",
        f"{_HOST}test_the_memory_protocol_is_offered_as_a_skill",
    ),
    "engram:protocol-save": shown(
        "the skill says to save after bug fixes, decisions, discoveries, configuration, conventions, preferences",
        f"{_PLUGIN}test_the_protocol_says_when_to_save_search_and_close_and_how_to_recover",
    ),
    "engram:protocol-search": shown(
        "the skill says to search when the user says remember or recordar, and before overlapping work",
        f"{_PLUGIN}test_the_protocol_says_when_to_save_search_and_close_and_how_to_recover",
    ),
    "engram:protocol-close": shown(
        "the skill makes a closing summary mandatory: Goal, Discoveries, Accomplished, Next Steps, Relevant Files",
        f"{_PLUGIN}test_the_protocol_says_when_to_save_search_and_close_and_how_to_recover",
        but="it is asked for, not threatened with; a session that leaves none is summed up by rule.",
    ),
    "engram:protocol-recovery": shown(
        "the skill says after a compaction: persist the summary, load the context, go on",
        f"{_PLUGIN}test_the_protocol_says_when_to_save_search_and_close_and_how_to_recover",
    ),
    "engram:no-raw-capture": otherwise(
        "no tool call is recorded, the agent alone decides what is kept",
        "what an agent saves is the best, and what happened is kept too: a session whose agent saves nothing leaves a "
        "hand-off all the same. `capture.tools` and `holdfast pause` keep out what nobody wants recorded.",
    ),
}

# -- the tools --
_CONTRACT: dict[str, Requirement] = {
    "engram:tools": shown(
        "mem_* tools over MCP, in profiles: `--tools=agent` (13), `admin`, names",
        f"{_TABLE}test_the_profiles_have_the_tools_of_the_predecessors",
        f"{_TABLE}test_the_default_profile_is_small",
        f"{_BRIDGE}test_only_the_chosen_tools_are_offered_and_answered",
        f"{_BRIDGE}test_a_version_that_is_known_is_taken_and_else_the_newest_is_told",
        f"{_CLIENT}test_the_official_client_lists_calls_and_reads",
        f"{_CLIENT}test_the_official_client_works_in_each_version_that_begins_with_a_handshake",
    ),
    "engram:parameters": shown(
        "each tool's parameters, which are needed, their defaults, bounds and aliases",
        f"{_TABLE}test_every_tool_has_the_parameters_of_its_contract",
        f"{_TABLE}test_a_value_is_taken_as_a_model_may_have_meant_it",
        f"{_TABLE}test_what_is_needed_is_asked_for",
    ),
    "engram:unknown-parameters": shown(
        "newer parameters: project_choice_reason, recovery_token, capture_prompt, match_mode, response_format, "
        "compact, max_bytes, find and replace",
        f"{_TABLE}test_arguments_may_have_other_names_and_those_nobody_knows_are_passed_over",
        f"{_TABLE}test_what_newer_versions_of_engram_take_does_not_stop_a_call",
        f"{_SAVE}test_an_update_keeps_what_it_does_not_name",
        but="passed over; an update that says nothing else is refused. Prompts are recorded by hooks, all words need "
        "not match, answers are short, budgets are settings, and a note of 1,400 characters is written whole.",
    ),
    "engram:directive": shown(
        "the server's instructions, of which hosts keep 240 characters, say when to save and to search",
        f"{_TABLE}test_when_to_save_and_when_to_search_stands_in_the_first_240_characters",
        f"{_TABLE}test_when_to_call_a_tool_stands_in_its_description_again",
        f"{_CLIENT}test_the_official_client_pings_and_is_told_the_instructions",
    ),
    "engram:annotations": shown(
        "tools are annotated: read-only, destructive, idempotent",
        f"{_TABLE}test_what_takes_away_says_so_and_what_can_be_sent_again_too",
        f"{_TABLE}test_a_schema_is_one_that_hosts_understand",
    ),
    "engram:result-string": shown(
        "clients that read the text alone go on working: fields are added to it",
        f"{_SAVE}test_a_saved_note_is_the_agents_word_in_the_project_of_the_folder",
        f"{_CLIENT}test_the_official_client_lists_calls_and_reads",
        but="fields are in structuredContent, with the text as `result`; the text names what a model has to act on.",
    ),
    "engram:envelope": shown(
        "a reply names project, project_source and project_path beside the result",
        f"{_SAVE}test_what_saves_says_in_which_project_and_how_that_is_known",
        f"{_CARE}test_projects_are_listed_and_merged",
        but="what only reads answers with text alone, which is what a model reads; mem_current_project says it, too.",
    ),
    "engram:mem_save": shown(
        "a note with title, content, type, scope and project",
        f"{_SAVE}test_a_saved_note_is_the_agents_word_in_the_project_of_the_folder",
        f"{_HOST}test_a_note_that_the_agent_saves_in_one_session_is_found_in_the_next",
    ),
    "engram:mem_save.reply": shown(
        "id, sync_id, judgment_required, false without candidates; judgment_status and judgment_id only when true",
        f"{_SAVE}test_a_saved_note_is_the_agents_word_in_the_project_of_the_folder",
        f"{_SAVE}test_what_a_note_may_contradict_is_named_judged_and_shown_beside_it",
        f"{_CONFLICTS}test_a_save_that_disagrees_with_nothing_says_so_and_one_that_did_not_ask_says_nothing",
        but="sync_id is a UUID, as everywhere in holdfast.",
    ),
    "engram:mem_save.candidates": shown(
        "each candidate has id, sync_id, title, type, score, judgment_id, and topic_key when it has one",
        f"{_CONFLICTS}test_a_save_names_what_may_disagree_with_it",
        f"{_SAVE}test_both_of_a_pair_that_waits_say_so_and_the_candidate_is_told_as_it_was_saved",
    ),
    "engram:limit": shown(
        "content beyond a limit (2,000 bytes) is cut and marked `... [truncated]`",
        f"{_SAVE}test_too_long_a_note_is_refused_whole_with_what_to_do",
        but="1,400 characters, and beyond them the save is refused with what to do: cutting loses text without a word, "
        "and in the middle of a letter.",
    ),
    "engram:duplicates": shown(
        "the same hash, project, scope, type and title within 15 minutes is counted, not added",
        f"{_SAVE}test_the_same_note_saved_again_is_counted_and_of_another_type_or_place_kept",
        f"{_LOG}test_the_same_said_again_is_folded_and_counted",
        f"{_LOG}test_what_is_said_elsewhere_or_of_another_kind_is_no_repeat",
        but="at any time: the same note is no news after 16 minutes either. What was forgotten or superseded takes no "
        "repeats.",
    ),
    "engram:scope": shown(
        "scope project or personal",
        f"{_SAVE}test_a_topic_key_holds_within_one_project_and_scope",
        f"{_FIND}test_what_is_personal_needs_no_project",
        f"{_FIND}test_a_search_keeps_to_type_scope_and_limit",
        f"{_FIND}test_personal_notes_are_listed_by_scope",
        but="a personal note is served in every project, and mem_context with scope project still tells what its owner "
        "prefers everywhere.",
    ),
    "engram:mem_search": shown(
        "by words, 10 unless asked for, at most 20, short",
        f"{_FIND}test_a_search_keeps_to_type_scope_and_limit",
        f"{_FIND}test_a_search_lists_notes_shortly_and_one_is_shown_whole",
        f"{_FIND}test_nothing_found_is_no_error",
    ),
    "engram:mem_search.type": shown(
        "kept to a type, also one of the caller's own",
        f"{_FIND}test_a_type_of_ones_own_can_be_searched_for",
        f"{_FIND}test_a_search_keeps_to_type_scope_and_limit",
        but="words that mean one kind (architecture, decision) find each other.",
    ),
    "engram:mem_search.query": shown(
        "every word quoted, all of them wanted; later any of them, or the topic key, or a part of a word",
        "unit/recall/test_find.py::test_a_query_is_never_syntax",
        "unit/recall/test_find.py::test_what_has_more_of_the_words_comes_first",
        "unit/recall/test_find.py::test_tags_files_and_topics_are_found_too",
        "unit/recall/test_find.py::test_the_last_word_may_be_the_start_of_one",
        but="what has more of the words comes first: one word that is missing hides nothing. Of a part of a word only "
        "its beginning is found.",
    ),
    "engram:mem_search.all_projects": shown(
        "all_projects searches everywhere", f"{_FIND}test_the_folder_of_the_host_says_which_project"
    ),
    "engram:mem_search.supersedes": shown(
        "`supersedes: #id` on the one, `superseded_by: #id` on the other",
        f"{_FIND}test_what_speaks_for_or_against_a_note_stands_below_it",
        f"{_SAVE}test_a_verdict_is_told_whole_and_may_be_given_again",
    ),
    "engram:mem_search.pending": shown(
        "`conflict: contested by #id (pending)` on both",
        f"{_SAVE}test_both_of_a_pair_that_waits_say_so_and_the_candidate_is_told_as_it_was_saved",
    ),
    "engram:mem_search.conflicts_with": shown(
        "conflicts_with is stored and not shown",
        f"{_SAVE}test_a_verdict_is_told_whole_and_may_be_given_again",
        f"{_FIND}test_what_speaks_for_or_against_a_note_stands_below_it",
        but="shown on both: who is given one of two notes that cannot both be right has to know.",
    ),
    "engram:mem_search.silent": shown(
        "compatible, related, scoped and not_conflict are stored and not shown",
        f"{_FIND}test_what_does_not_speak_against_it_is_not_told",
    ),
    "engram:mem_update": shown(
        "parts of a note are written anew",
        f"{_SAVE}test_an_update_keeps_what_it_does_not_name",
        f"{_LOG}test_revising_writes_what_is_given_and_leaves_the_rest",
    ),
    "engram:mem_delete": shown(
        "soft, or for good with hard_delete",
        f"{_CARE}test_a_note_is_forgotten_and_erased",
        f"{_CLI}test_erasing.py::test_an_erased_memory_leaves_the_disk",
        f"{_TABLE}test_every_tool_has_the_parameters_of_its_contract",
    ),
    "engram:mem_suggest_topic_key": shown(
        "family by type, else by the first group of words that fits, else the type, else topic; the title in kebab "
        "case (of the content the first 8 words), at most 100; the family's name once; at most 120",
        f"{_SAVE}test_a_topic_key_is_suggested_by_family_and_title",
        f"{_SAVE}test_a_topic_key_of_nothing_is_refused",
    ),
    "engram:topic-upsert": shown(
        "saving under the same topic key, project and scope revises the latest live note",
        f"{_SAVE}test_the_same_topic_key_revises",
        f"{_SAVE}test_a_topic_key_holds_within_one_project_and_scope",
        f"{_LOG}test_the_id_of_a_topic_follows_from_project_scope_and_key_alone",
        f"{_LOG}test_a_topic_that_was_forgotten_comes_back_when_it_is_saved_again",
        f"{_LOG}test_what_others_save_under_the_topic_of_a_standing_instruction_is_a_memory_of_its_own",
        but="a forgotten one comes back with it; a standing instruction is not revised by others.",
    ),
    "engram:topic-history": shown(
        "revision_count grows; the row is rewritten",
        f"{_SAVE}test_the_same_topic_key_revises",
        f"{_SAVE}test_what_was_said_under_a_topic_before_stays_in_its_history",
        but="what it said before stays in the history, and undo brings it back.",
    ),
    "engram:mem_context": shown(
        "the context of earlier sessions, by project and scope",
        f"{_TELL}test_a_session_without_hooks_leaves_its_summary_to_the_next",
        f"{_FIND}test_context_for_a_question_is_what_a_prompt_would_be_given",
        f"{_FIND}test_personal_notes_are_listed_by_scope",
    ),
    "engram:mem_context.shape": otherwise(
        "5 sessions, 10 prompts, 20 notes, cut at 200, 200 and 300 characters; pinned first",
        "a budget of tokens and whole items: standing instructions, the user's profile, where the last session ended, "
        "pinned notes, the other sessions on a line each, the latest notes; see the page on giving.",
    ),
    "engram:mem_get_observation": shown(
        "one note whole; with include_history what it said before",
        f"{_FIND}test_a_search_lists_notes_shortly_and_one_is_shown_whole",
        f"{_FIND}test_what_a_note_said_before_is_shown_when_asked_for",
    ),
    "engram:note-fields": shown(
        "a note has type, scope, topic key, revision_count, duplicate_count, created_at, updated_at, deleted_at",
        f"{_SAVE}test_the_same_note_saved_again_is_counted_and_of_another_type_or_place_kept",
        f"{_LOG}test_saving_under_the_same_topic_revises",
        f"{_LOG}test_revising_writes_what_is_given_and_leaves_the_rest",
        f"{_LOG}test_what_is_forgotten_is_served_no_more_until_it_is_restored",
        but="no review_after and expires_at: nothing expires by itself, and mem_review lists what is old and was never "
        "confirmed.",
    ),
    "engram:mem_timeline": shown(
        "5 before and 5 after a note",
        f"{_FIND}test_a_timeline_shows_the_events_around_a_note",
        f"{_FIND}test_a_note_without_an_event_is_shown_among_those_kept_around_it",
        f"{_TABLE}test_every_tool_has_the_parameters_of_its_contract",
        but="events of its session, where it came from one.",
    ),
    "engram:session-tools": shown(
        "mem_session_start (project or directory) and mem_session_end (summary)",
        f"{_TELL}test_a_session_without_hooks_leaves_its_summary_to_the_next",
        f"{_TELL}test_a_session_that_was_begun_in_a_project_stays_in_it_wherever_its_agent_is",
        f"{_TELL}test_a_session_that_a_host_tells_of_is_left_to_it",
        but="a session that had ended already is told as ended, not as an error (session_already_ended).",
    ),
    "engram:mem_session_summary": shown(
        "the closing summary, with which the next session starts",
        f"{_TELL}test_a_session_without_hooks_leaves_its_summary_to_the_next",
        f"{_TELL}test_a_summary_said_again_replaces_the_one_before",
        f"{_TELL}test_a_summary_that_a_note_cannot_hold_is_kept_whole_as_an_event",
    ),
    "engram:mem_capture_passive": shown(
        "the learnings of a text, type passive, with their source, each once by project; extracted, saved, duplicates",
        f"{_SAVE}test_learnings_are_captured_once",
        f"{_SAVE}test_who_listed_what_was_learned_stands_beside_it",
        but="the source is a tag.",
    ),
    "engram:mem_save_prompt": shown(
        "a prompt is recorded",
        f"{_TELL}test_a_prompt_that_hooks_recorded_is_not_recorded_again",
        f"{_TELL}test_the_same_prompt_sent_twice_is_one",
        but="what hooks recorded is not recorded again.",
    ),
    "engram:admin-tools": shown(
        "mem_stats, mem_list_projects, mem_current_project, mem_merge_projects, mem_pin, mem_unpin, "
        "mem_review, mem_doctor",
        f"{_CARE}test_projects_are_listed_and_merged",
        f"{_CARE}test_the_current_project_never_fails",
        f"{_CARE}test_a_note_is_pinned_and_let_go",
        f"{_CARE}test_what_should_be_looked_at_again_is_listed_until_it_is_confirmed",
        f"{_CARE}test_the_doctor_says_when_all_is_well",
    ),
    "engram:mem_merge_projects": shown(
        "several sources with commas, merged for good",
        f"{_CARE}test_projects_are_listed_and_merged",
        f"{_TABLE}test_what_reads_and_saves_is_let_through_and_what_deletes_or_unseals_is_asked",
        but="the user is asked each time, and undo takes it back.",
    ),
}

# -- judging --
_JUDGING: dict[str, Requirement] = {
    "engram:judging": shown(
        "a save names candidates, the agent judges each, searches show the verdict",
        f"{_SAVE}test_what_a_note_may_contradict_is_named_judged_and_shown_beside_it",
        f"{_CLI}test_conflicts.py::test_what_may_disagree_is_named_judged_and_no_longer_given",
        "property/test_relations.py::TestRelations",
    ),
    "engram:mem_judge.profile": shown(
        "in the agent profile, not in admin", f"{_TABLE}test_only_who_works_with_the_notes_judges_them"
    ),
    "engram:mem_judge.relation": shown(
        "related, compatible, scoped, conflicts_with, supersedes, not_conflict",
        f"{_SAVE}test_each_of_the_six_verdicts_can_be_given",
        f"{_SAVE}test_what_cannot_be_judged_is_an_error_that_changes_nothing",
    ),
    "engram:mem_judge.id": shown(
        "judgment_id: rel-<hex>", "unit/memory/test_relation.py::test_a_judgment_goes_by_rel_and_sixteen_digits"
    ),
    "engram:mem_judge.confidence": shown(
        "confidence 0 to 1, 1 when missing, clamped",
        f"{_SAVE}test_a_verdict_is_told_whole_and_may_be_given_again",
        "unit/memory/test_relation.py::test_confidence_is_kept_between_0_and_1",
    ),
    "engram:mem_judge.verdict": shown(
        "pending becomes judged; relation, reason, evidence and confidence are kept; the row is returned as JSON, with "
        "sync_id, source_id, target_id and session_id",
        f"{_SAVE}test_a_verdict_is_told_whole_and_may_be_given_again",
        f"{_CONFLICTS}test_a_verdict_is_answered_whole",
        f"{_RELATIONS}test_a_verdict_is_kept_with_who_found_it_and_why",
        "hosts/test_tools.py::test_what_an_agent_judges_to_be_superseded_is_not_given_to_the_next_session",
    ),
    "engram:mem_judge.provenance": shown(
        "actor agent, marked_by_kind agent, session_id found by itself when left out",
        f"{_SAVE}test_a_verdict_is_told_whole_and_may_be_given_again",
    ),
    "engram:mem_judge.errors": shown(
        "an unknown judgment_id or relation is an error and changes nothing",
        f"{_SAVE}test_what_cannot_be_judged_is_an_error_that_changes_nothing",
        f"{_CONFLICTS}test_what_is_no_judgment_or_verdict_changes_nothing",
    ),
    "engram:mem_judge.again": shown(
        "judging again overwrites",
        f"{_SAVE}test_a_verdict_is_told_whole_and_may_be_given_again",
        f"{_RELATIONS}test_another_verdict_takes_the_place_of_the_first_which_stays_in_the_history",
        but="the verdict before it stays in the history.",
    ),
    "engram:mem_compare": shown(
        "a verdict without a pending row; the model's name is its actor",
        f"{_CARE}test_a_verdict_that_nobody_asked_for_is_the_agents",
        f"{_CONFLICTS}test_two_notes_are_compared_that_were_no_candidate",
    ),
    "engram:candidates": shown(
        "at most 3; same project and scope; neither itself nor deleted ones; summaries with summaries alone",
        f"{_CONFLICTS}test_at_most_three_are_named",
        f"{_CONFLICTS}test_only_notes_of_one_place_are_compared_and_summaries_only_with_summaries",
        f"{_CONFLICTS}test_what_is_forgotten_superseded_or_judged_is_no_candidate",
    ),
    "engram:candidate-threshold": shown(
        "any word in common makes a candidate, unless a stricter gate is set",
        f"{_CONFLICTS}test_a_word_in_common_makes_no_candidate",
        f"{_CONFLICTS}test_what_is_proposed_is_mostly_wanted_and_the_page_tells_how_much",
        but="half of what tells most must be shared, at least two words; measured, with its misses, on the page on "
        "conflicts.",
    ),
    "engram:one-pending": shown(
        "one pending relation of a pair in either order, never opened again once judged",
        f"{_RELATIONS}test_a_candidate_waits_for_a_verdict_and_is_noted_once",
        f"{_CONFLICTS}test_what_is_forgotten_superseded_or_judged_is_no_candidate",
    ),
    "engram:detection-errors": shown(
        "an error of the looking is swallowed",
        f"{_CONFLICTS}test_a_look_that_fails_loses_no_note_and_is_told",
        but="the save stands, and the reply says that it is not known.",
    ),
    "engram:conflicts-command": shown(
        "`conflicts list | show | stats | scan`",
        f"{_CLI}test_conflicts.py::test_what_may_disagree_is_named_judged_and_no_longer_given",
        f"{_CLI}test_conflicts.py::test_a_scan_looks_through_what_is_kept_and_notes_it_when_told_to",
        f"{_CLI}test_conflicts.py::test_where_nothing_disagrees_that_is_said",
    ),
    "engram:semantic-scan": otherwise(
        "`conflicts scan --semantic` asks another agent's command line",
        "no model is called behind the user's back; an agent can judge what a scan found (mem_judge, mem_compare).",
    ),
    "engram:deferred-relations": later("relations whose memories have not come yet: `conflicts deferred`", HUB),
}

# -- projects and privacy --
_PLACES: dict[str, Requirement] = {
    "engram:project-order": shown(
        "a file in the folder, the git remote, the git folder, the folder's name",
        f"{_PROJECTS}test_a_name_comes_before_everything",
        f"{_PROJECTS}test_a_repository_with_a_remote_is_its_remote",
        f"{_PROJECTS}test_a_repository_without_one_is_its_git_folder",
        f"{_PROJECTS}test_a_folder_without_git_is_its_path",
        but="a folder is known by its path, not by its name, which two projects may share; a file of a repository may "
        "narrow what is kept and not rename it.",
    ),
    "engram:project-hints": shown(
        "the host's own hints: `_meta`, roots, the working folder; `project` and --project first",
        f"{_FIND}test_each_way_in_which_hosts_tell_the_folder_is_heard",
        f"{_FIND}test_the_folder_of_the_host_says_which_project",
        f"{_BRIDGE}test_the_roots_of_the_host_say_which_project",
        f"{_BRIDGE}test_a_project_can_be_named_for_the_whole_server",
        f"{_CLIENT}test_the_official_client_tells_its_roots",
    ),
    "engram:project-errors": shown(
        "ambiguous_project and unknown_project, with available_projects",
        f"{_FIND}test_several_open_folders_are_told_apart_by_name",
        f"{_FIND}test_a_project_that_nobody_knows_is_told_with_those_that_are",
        f"{_FIND}test_without_a_folder_nothing_is_searched_or_saved_by_accident",
    ),
    "engram:never-everything": shown(
        "without a project no tool falls back to all of them",
        f"{_FIND}test_no_tool_takes_every_project_for_the_one_that_is_not_told",
        f"{_FIND}test_around_a_personal_note_stand_personal_ones_alone",
        f"{_FIND}test_around_a_note_of_a_project_no_other_project_is_shown",
    ),
    "engram:ownership-errors": otherwise(
        "project_name_collision, project_ownership_required, project_ownership_ambiguous, "
        "repository_binding_unavailable",
        "projects are known by remote, git folder or path, so that two of one name never meet; nothing owns one.",
    ),
    "engram:private-tags": shown(
        "<private> is taken out in the plugin, before data leaves the process, and in the store, before a write",
        "faults/test_hook.py::test_private_words_are_not_kept_even_in_the_spool",
        f"{_LOG}test_every_text_is_guarded_before_it_is_written",
        f"{_SAVE}test_secrets_and_private_words_do_not_reach_the_store",
        "property/test_guard.py::test_private_tags_and_fences_never_raise_and_settle",
        but="the hook hands its payload as it is to the daemon of the same user, over a socket that only this user can "
        "open, and guards what it has to write to disk itself; the daemon guards before anything is stored, and the "
        "log once more. Guarding in each hook would cost every tool call its time and protect from nobody.",
    ),
    "engram:redacted-mark": shown(
        "`<private>…</private>` becomes [REDACTED]; an unclosed tag is left as it is",
        "unit/guard/test_clean.py::test_private_tags",
        but="it becomes [private], and an unclosed tag hides the rest: what somebody began to mark was meant.",
    ),
}

# -- the command line --
_COMMANDS: dict[str, Requirement] = {
    "engram:cli-serve": shown(
        "`serve [port]`",
        f"{_CLI}test_daemon.py::test_serve_starts_stops_and_restarts",
        "integration/api/test_listening.py::*",
        but="HTTP is opened only when asked for, with a token.",
    ),
    "engram:cli-mcp": shown(
        "`mcp --tools --project`",
        f"{_BRIDGE}test_the_command_becomes_the_bridge",
        f"{_BRIDGE}test_a_project_can_be_named_for_the_whole_server",
    ),
    "engram:cli-save": shown(
        "`save TITLE CONTENT`",
        f"{_CLI}test_keeping.py::test_what_is_kept_is_found_listed_and_shown",
        but="`remember WORDS`; the title is made from them unless --title says one.",
    ),
    "engram:cli-search": shown(
        "`search` by type, project, scope and limit",
        f"{_CLI}test_seeing.py::test_search_can_be_kept_to_a_kind",
        f"{_CLI}test_seeing.py::test_search_keeps_to_the_project_of_the_folder",
        but="without a scope: what is personal is found in every project.",
    ),
    "engram:cli-timeline": shown(
        "`timeline ID`", f"{_CLI}test_seeing.py::test_the_timeline_around_an_event_or_a_memory"
    ),
    "engram:cli-context": shown(
        "`context`",
        f"{_CLI}test_giving.py::test_pack_shows_what_a_new_session_is_given",
        but="`pack --session-start`.",
    ),
    "engram:cli-stats": shown(
        "`stats`", f"{_CLI}test_giving.py::test_sessions_status_and_stats_tell_what_became_of_what_was_given"
    ),
    "engram:cli-export": shown(
        "`export`, `import`", f"{_CLI}test_carrying.py::test_an_export_carries_everything_to_another_home"
    ),
    "engram:cli-delete": shown(
        "`delete obs | session | prompt | project [--hard]`",
        f"{_CLI}test_keeping.py::test_forgotten_is_found_no_more_and_comes_back",
        f"{_CLI}test_erasing.py::test_an_erased_memory_leaves_the_disk",
        f"{_CLI}test_erasing.py::test_an_erased_session_is_gone_and_its_transcript_does_not_bring_it_back",
        f"{_CLI}test_erasing.py::test_an_erased_event_takes_what_was_drawn_from_it_along",
        but="`forget` and `erase`. A project is ignored or merged, not deleted as a whole.",
    ),
    "engram:cli-doctor": shown("`doctor [--json]`", f"{_CLI}test_doctor.py::test_a_whole_chain_is_ok_and_says_so"),
    "engram:cli-projects": shown(
        "`projects list | consolidate | prune`",
        f"{_CLI}test_projects.py::test_projects_are_listed_and_shown",
        f"{_CLI}test_projects.py::test_a_merged_project_is_found_in_the_other",
        but="`projects merge`, one by one; there is nothing to prune, since looking makes no project.",
    ),
    "engram:cli-version": shown(
        "`version`", f"{_CLI}test_shape.py::test_the_help_names_every_command", but="`--version`."
    ),
    "engram:cli-init": otherwise(
        "`init [name]` writes the folder's project file",
        "HOLDFAST_PROJECT or `projects rename` names a project; a file that comes with a repository must not say "
        "into which notes it is read.",
    ),
    "engram:cli-tui": later("`tui`", "the viewer"),
    "engram:git-sync": later("`sync`, `cloud …`: git-synced chunks, the cloud", HUB),
    "engram:cli-obsidian": otherwise(
        "`obsidian-export`", "the export is lines of JSON, documented; other forms are left to who wants them."
    ),
    "engram:cli-protocol-mode": shown(
        "`protocol-mode`: how much of the protocol is given",
        "unit/recall/test_delivery.py::test_nothing_known_is_nothing_given",
        but="a setting: `inject.protocol` gives the short words or none.",
    ),
    "engram:http": later(
        "its routes: sessions, observations, passive, search, timeline, prompts, context, export, import, stats, "
        "topic keys, pin, review, conflicts",
        PREDECESSORS,
    ),
    "engram:environment": otherwise(
        "ENGRAM_DATA_DIR, ENGRAM_PORT, ENGRAM_PROJECT, ENGRAM_HTTP_TOKEN; later ENGRAM_SOCKET, ENGRAM_TIMEZONE, "
        "ENGRAM_AGENT_CLI, ENGRAM_NO_UPDATE_CHECK",
        "HOLDFAST_HOME, http.port, HOLDFAST_PROJECT, and a token of its own that every call needs but the question "
        "whether it lives; the socket lies in the home, dates are those of the machine (to a model: UTC), no agent "
        "program is started and no update asked for.",
    ),
}

_OPENCODE: dict[str, Requirement] = {
    "engram:opencode": later("the OpenCode plugin", OPENCODE),
}

ENGRAM = together(_HOOKS, _CONTRACT, _JUDGING, _PLACES, _COMMANDS, _OPENCODE)
