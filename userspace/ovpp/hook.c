// SPDX-License-Identifier: GPL-2.0-or-later
/* ovpp hook */
#include "get.h"
#include "hook.h"
#include "path.h"
#include "show.h"
#include "table.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int hook_site(struct cli *cli, char site[OPENVPP_NAME_MAX + 1])
{
	const char *name;
	uint32_t id;
	int ret = cli_pick_site(cli);

	if (ret)
		return ret;
	/* A site that is gone may have left pins: no need to ask for it. */
	name = get_str(cli->req, "site_name");
	if (!name) {
		ret = cli_site_id(cli, &id);
		if (ret)
			return ret;
		name = cli_site_name(cli, id);
	}
	if (!name) {
		cli_error(cli, "there is no such site");
		return CLI_REFUSED;
	}
	snprintf(site, OPENVPP_NAME_MAX + 1, "%s", name);
	return CLI_OK;
}

static bool has_capability(unsigned int cap)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};

	return !syscall(SYS_capget, &head, data) && data[cap / 32].effective & 1U << cap % 32;
}

int hook_rights(struct cli *cli)
{
	if (has_capability(CAP_SYS_ADMIN))
		return CLI_OK;
	cli_error(cli, "programs of hooks need CAP_SYS_ADMIN; run it as root (sudo)");
	return CLI_REFUSED;
}

int hook_get(struct cli *cli, const char *site, const char *name, json_t **hook)
{
	json_t *req = json_pack("{s:s, s:s}", "site_name", site, "name", name);
	int ret = cli_do(cli, "hook-get", req, hook);

	json_decref(req);
	return ret;
}

/* What fails here has been said. */
static int der_id(void *arg, const char *name, uint32_t *id)
{
	struct cli *cli = arg;
	json_int_t value;
	uint32_t site;

	if (cli_site_id(cli, &site) || cli_der_id(cli, site, name, &value))
		return -ECANCELED;
	*id = (uint32_t)value;
	return 0;
}

static const char *der_name(void *arg, uint32_t id)
{
	uint32_t site;

	return cli_site_id(arg, &site) ? NULL : cli_name(arg, "der-get", site, id);
}

struct ovpp_bpf_names hook_names(struct cli *cli)
{
	struct ovpp_bpf_names names = {.id = der_id, .name = der_name, .arg = cli};

	return names;
}

/* The member of a hook at a point. */
static const json_t *member_at(const json_t *hook, const char *point)
{
	const char *at;
	json_t *member;
	size_t i;

	json_array_foreach (json_object_get(hook, "member"), i, member) {
		at = get_str(member, "point");
		if (at && point && !strcmp(at, point))
			return member;
	}
	return NULL;
}

/* Sum over the members; false if none has such a counter. */
static bool total(const json_t *hook, const char *key, json_int_t *sum)
{
	bool found = false;
	json_t *member;
	size_t i;

	*sum = 0;
	json_array_foreach (json_object_get(hook, "member"), i, member) {
		found = found || json_object_get(member, key);
		*sum += get_int(member, key);
	}
	return found;
}

static const char *show_total(struct cli *cli, const json_t *hook, const char *key, char *buf)
{
	json_int_t sum;

	(void)cli;
	if (!total(hook, key, &sum))
		return NULL;
	snprintf(buf, SHOW_TEXT, "%lld", (long long)sum);
	return buf;
}

static const char *show_mean(struct cli *cli, const json_t *hook, const char *key, char *buf)
{
	json_int_t runs, ns;

	(void)cli;
	if (!total(hook, "runs", &runs) || !total(hook, key, &ns) || !runs)
		return NULL;
	return quantity_rounded(OVPP_UNIT_NS, ns / runs, buf);
}

/* The members by their names in struct ovpp_ops. */
static const char *show_members(struct cli *cli, const json_t *hook, const char *key, char *buf)
{
	const char *point;
	json_t *member;
	size_t i;

	(void)cli;
	buf[0] = '\0';
	json_array_foreach (json_object_get(hook, key), i, member) {
		point = get_str(member, "point");
		ovpp_text_append(buf, SHOW_TEXT, "%s%s", i ? "," : "", point ? point : "?");
	}
	return buf;
}

static const char *show_state(struct cli *cli, const json_t *hook, const char *key, char *buf)
{
	const char *cause = get_str(hook, key), *point = get_str(hook, "cause_point");
	char took[OVPP_UNITS_TEXT], budget[OVPP_UNITS_TEXT];
	json_int_t arg = get_int(hook, "cause_arg");

	(void)cli;
	if (!json_object_get(hook, key) || (cause && !strcmp(cause, "none")))
		return "runs";
	snprintf(buf, SHOW_TEXT, "ejected");
	if (!cause || !point)
		return buf;
	if (!strcmp(cause, "budget")) {
		quantity_rounded(OVPP_UNIT_NS, arg, took);
		quantity_exact(OVPP_UNIT_NS, get_int(member_at(hook, point), "budget_ns"), budget);
		snprintf(buf, SHOW_TEXT, "ejected: %s took %s, budget %s", point, took, budget);
	} else if (!strcmp(cause, "verdict")) {
		snprintf(buf, SHOW_TEXT, "ejected: %s returned %lld, which is no verdict", point,
			 (long long)arg);
	} else {
		snprintf(buf, SHOW_TEXT, "ejected: %s, cause %s", point, cause);
	}
	return buf;
}

static const struct column columns[] = {
	{"NAME", "name", NULL},
	{"-ID", "id", NULL},
	{"SITE", "site", show_site},
	{"-PRIORITY", "priority", NULL},
	{"MEMBERS", "member", show_members},
	{"-RUNS", "runs", show_total},
	{"-MEAN", "time_ns", show_mean},
	{"-DROPPED", "dropped", show_total},
	{"-REWRITTEN", "rewritten", show_total},
	{"-CLAMPED", "clamped", show_total},
	{"-OVERRULED", "overruled", show_total},
	{"STATE", "cause", show_state},
	{0},
};

static void add_line(struct table *t, const char *label, const char *text)
{
	table_add(t, label);
	table_add(t, text);
}

static void add_number(struct table *t, const char *label, const json_t *hook, const char *key)
{
	char text[32];

	snprintf(text, sizeof(text), "%lld", (long long)get_int(hook, key));
	add_line(t, label, json_object_get(hook, key) ? text : NULL);
}

static int show_hook(struct cli *cli, const json_t *hook)
{
	struct table *t = table_new(NULL, 2);
	char buf[SHOW_TEXT];

	if (!t)
		return CLI_REFUSED;
	add_line(t, "name", get_str(hook, "name"));
	add_number(t, "id", hook, "id");
	add_line(t, "site", cli_site_name(cli, get_int(hook, "site")));
	add_number(t, "priority", hook, "priority");
	add_line(t, "state", show_state(cli, hook, "cause", buf));
	add_number(t, "reflexes", hook, "reflexes");
	table_print(t, stdout, "\n");
	table_free(t);
	return CLI_OK;
}

static const char *counter(const json_t *member, const char *key, char *buf)
{
	if (!json_object_get(member, key))
		return NULL;
	snprintf(buf, SHOW_TEXT, "%lld", (long long)get_int(member, key));
	return buf;
}

static const char *mean(const json_t *member, char *buf)
{
	json_int_t runs = get_int(member, "runs");

	return runs ? quantity_rounded(OVPP_UNIT_NS, get_int(member, "time_ns") / runs, buf) : NULL;
}

static int show_each_member(const json_t *hook)
{
	static const char *const headings[] = {"MEMBER",     "-BUDGET",	 "-RUNS",
					       "-MEAN",	     "-LONGEST", "-DROPPED",
					       "-REWRITTEN", "-CLAMPED", "-OVERRULED"};
	struct table *t = table_new(headings, sizeof(headings) / sizeof(headings[0]));
	char buf[SHOW_TEXT];
	json_t *member;
	size_t i;

	if (!t)
		return CLI_REFUSED;
	json_array_foreach (json_object_get(hook, "member"), i, member) {
		table_add(t, get_str(member, "point"));
		table_add(t, quantity_exact(OVPP_UNIT_NS, get_int(member, "budget_ns"), buf));
		table_add(t, counter(member, "runs", buf));
		table_add(t, mean(member, buf));
		table_add(t, quantity_rounded(OVPP_UNIT_NS, get_int(member, "max_ns"), buf));
		table_add(t, counter(member, "dropped", buf));
		table_add(t, counter(member, "rewritten", buf));
		table_add(t, counter(member, "clamped", buf));
		table_add(t, counter(member, "overruled", buf));
	}
	putchar('\n');
	table_print(t, stdout, "\n");
	table_free(t);
	return CLI_OK;
}

static int show(struct cli *cli)
{
	json_t *hook = NULL;
	int ret;

	ret = cli_pick_site(cli);
	if (!ret)
		ret = cli_do(cli, cli->verb->op, cli->req, &hook);
	if (!ret && cli->json) {
		ret = show_json(hook);
	} else if (!ret) {
		ret = show_hook(cli, hook);
		if (!ret)
			ret = show_each_member(hook);
	}
	json_decref(hook);
	return ret;
}

static int unload(struct cli *cli)
{
	char site[OPENVPP_NAME_MAX + 1];
	struct hook_pins pins;
	int ret, link;

	if (cli->n_words > 1)
		return cli_wrong(cli, "unexpected word '%s'", cli->words[1]);
	ret = hook_rights(cli);
	if (!ret)
		ret = hook_site(cli, site);
	if (ret)
		return ret;
	hook_pins_init(&pins, cli, site, cli->words[0]);
	ret = hook_pins_open_link(&pins, &link);
	if (ret)
		return ret;
	/* Now, and not when the kernel gets round to the last reference; it may be gone. */
	bpf_link_detach(link);
	close(link);
	return hook_pins_remove(&pins);
}

#define SET_OPTION                                                                 \
	{                                                                          \
		"set", "MAP.KEY=VALUE...", "Set this before the hook is attached." \
	}
#define PRIORITY_OPTION(otherwise)                                                               \
	{                                                                                        \
		"priority", "N", "Hooks of lower priority are called first. Default: " otherwise \
	}
#define BUDGET_OPTION(otherwise)                                                                 \
	{                                                                                        \
		"budget", "MEMBER=MICROSECONDS...",                                              \
			"What a call of frame_rx, frame_tx, sample, control or event may take. " \
			"Default: " otherwise                                                    \
	}

static const struct cli_option load_options[] = {
	{"name", "NAME", "Name of the hook. Default: that of the file."},
	PRIORITY_OPTION("what the file says, or 0."),
	BUDGET_OPTION("what the file says, or 100."),
	SET_OPTION,
	{"pin", NULL, "It stays after this command, below " HOOK_PINS "."},
	{"if-missing", NULL, "Leave one of this name alone that is there and pinned."},
	{0},
};

static const struct cli_option replace_options[] = {
	PRIORITY_OPTION("the old hook's."),
	BUDGET_OPTION("the old hook's."),
	SET_OPTION,
	{"reset", NULL, "Begin with no settings but those of --set."},
	{0},
};

static const struct cli_option tap_options[] = {
	{"count", "N", "Stop after so many frames."},
	{0},
};

/* Verbs with words of their own take a dump's options: the site is one. */
static const struct cli_verb verbs[] = {
	{.name = "list",
	 .doc = "All hooks with what they did and what it took.",
	 .op = "hook-get",
	 .dump = true,
	 .run = object_list},
	{.name = "show",
	 .doc = "Everything that is known of a hook, with every member.",
	 .op = "hook-get",
	 .subject = SUBJECT_SELF,
	 .args = "HOOK",
	 .run = show},
	{.name = "load",
	 .doc = "Load a compiled hook, or a policy that is installed, and attach it to a site. It "
		"ends with this command unless it is pinned.",
	 .op = "hook-get",
	 .dump = true,
	 .subject = SUBJECT_WORDS,
	 .args = "FILE|POLICY",
	 .options = load_options,
	 .run = hook_load},
	{.name = "replace",
	 .doc = "Put another object into the place of a pinned hook, at once. It takes over the "
		"settings.",
	 .op = "hook-get",
	 .dump = true,
	 .subject = SUBJECT_WORDS,
	 .args = "NAME FILE|POLICY",
	 .options = replace_options,
	 .run = hook_replace},
	{.name = "restore",
	 .doc = "Load and pin every hook that a folder lists and that is not there already. Each "
		"file *.conf has the words that follow 'ovpp hook load'.",
	 .subject = SUBJECT_WORDS,
	 .args = "[FOLDER]",
	 .run = hook_restore},
	{.name = "get",
	 .doc = "The settings of a pinned hook: all, those of a map, or one.",
	 .op = "hook-get",
	 .dump = true,
	 .subject = SUBJECT_WORDS,
	 .args = "NAME [MAP[.KEY]]",
	 .run = hook_show_maps},
	{.name = "set",
	 .doc = "Change settings of a pinned hook while it runs. What is not given stays.",
	 .op = "hook-get",
	 .dump = true,
	 .subject = SUBJECT_WORDS,
	 .args = "NAME MAP.KEY=VALUE...",
	 .run = hook_set},
	{.name = "tap",
	 .doc = "Print the frames that a pinned hook shows, as candump logs them.",
	 .op = "hook-get",
	 .dump = true,
	 .subject = SUBJECT_WORDS,
	 .args = "NAME",
	 .options = tap_options,
	 .run = hook_tap},
	{.name = "unload",
	 .doc = "Take a pinned hook away.",
	 .op = "hook-get",
	 .dump = true,
	 .subject = SUBJECT_WORDS,
	 .args = "NAME",
	 .run = unload},
	{0},
};

const struct cli_command cmd_hook = {
	.name = "hook",
	.doc = "Hooks: BPF programs of your own in the control path.",
	.about = "A setting is a member of a map's only entry, an entry by its key, or a\n"
		 "member of such an entry. DER are given by name, times of day as HH:MM.\n"
		 "\n"
		 "examples:\n"
		 "  ovpp hook load deadband --pin --set config.deadband_mw=50000\n"
		 "  ovpp hook load my.bpf.o --site home --budget frame_rx=50\n"
		 "  ovpp hook set quiet_hours windows.bat0.from=22:00 windows.bat0.to=6:00\n"
		 "  ovpp hook get deadband\n"
		 "  ovpp hook unload deadband\n",
	.verbs = verbs,
	.columns = columns,
};
