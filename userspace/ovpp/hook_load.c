// SPDX-License-Identifier: GPL-2.0-or-later
/* ovpp hook load, ovpp hook replace */
#include "get.h"
#include "hook.h"
#include "quantity.h"
#include "show.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NS_PER_US 1000

/* Without the module's BTF the kernel knows of no struct ovpp_ops. */
static int check_module(struct cli *cli)
{
	if (!access("/sys/kernel/btf/openvpp", F_OK))
		return CLI_OK;
	if (access("/sys/kernel/btf/vmlinux", F_OK))
		cli_error(cli, "this kernel has no BTF: hooks need CONFIG_DEBUG_INFO_BTF=y");
	else
		cli_error(cli, "the module has no BTF: build it against headers that have a "
			       "vmlinux with BTF, with pahole installed");
	return CLI_REFUSED;
}

/* "frame_rx=50", "frame-rx=50us" */
static int parse_budget(struct hook_object *o, const char *text)
{
	char member[32], why[160];
	const char *value = strchr(text, '=');
	int64_t ns;

	if (!value || (size_t)(value - text) >= sizeof(member))
		return cli_wrong(o->cli, "--budget: write it as MEMBER=MICROSECONDS");
	snprintf(member, sizeof(member), "%.*s", (int)(value - text), text);
	for (char *c = member; *c; c++) {
		if (*c == '-')
			*c = '_';
	}
	value++;
	if (!ovpp_units_parse(value, OVPP_UNIT_NONE, &ns)) {
		if (__builtin_mul_overflow(ns, NS_PER_US, &ns))
			ns = -1;
	} else if (quantity_parse(OVPP_UNIT_NS, value, &ns, why, sizeof(why))) {
		return cli_wrong(o->cli, "--budget: %s", why);
	}
	return hook_object_budget(o, member, ns);
}

/* What is given on the command line. */
static int take_options(struct hook_object *o)
{
	const char *priority = cli_value(o->cli, "priority");
	char why[160];
	json_t *budget;
	int64_t value;
	int ret = CLI_OK;
	size_t i;

	if (priority && quantity_parse(OVPP_UNIT_NONE, priority, &value, why, sizeof(why)))
		return cli_wrong(o->cli, "--priority: %s", why);
	if (priority)
		ret = hook_object_priority(o, value);
	json_array_foreach (cli_values(o->cli, "budget"), i, budget) {
		if (!ret)
			ret = parse_budget(o, json_string_value(budget));
	}
	return ret;
}

/* Priority and budgets of a hook that is replaced. */
static int take_over(struct hook_object *o, const json_t *old)
{
	int ret = hook_object_priority(o, get_int(old, "priority"));
	json_t *member;
	size_t i;

	json_array_foreach (json_object_get(old, "member"), i, member) {
		if (!ret && get_int(member, "budget_ns"))
			ret = hook_object_budget(o, get_str(member, "point"),
						 get_int(member, "budget_ns"));
	}
	return ret;
}

static int not_attached(const struct hook_object *o, int err)
{
	if (err == -EEXIST)
		cli_error(o->cli,
			  "the site has a hook '%s' already; another one is put into its "
			  "place with: ovpp hook replace",
			  o->name);
	else if (err == -ENOENT || err == -ENODEV)
		cli_error(o->cli, "there is no such site");
	else if (err == -ENOSPC)
		cli_error(o->cli, "the site has as many hooks as it can have");
	else
		cli_error(o->cli, "cannot be attached: %s", strerror(-err));
	return CLI_REFUSED;
}

/* Signals that would end the command wait until it is done, or are waited for. */
static sigset_t hold_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return set;
}

static void say_loaded(struct cli *cli, const json_t *hook, const char *more)
{
	if (cli->json)
		show_json(hook);
	else
		printf("loaded as hook %lld%s\n", (long long)get_int(hook, "id"), more);
	fflush(stdout);
}

/* The link dies with this command. */
static int stay(struct hook_object *o, const char *site, const sigset_t *signals)
{
	struct bpf_link *link = bpf_map__attach_struct_ops(o->ops);
	json_t *hook = NULL;
	int ret;

	if (!link)
		return not_attached(o, -errno);
	ret = hook_get(o->cli, site, o->name, &hook);
	if (!ret) {
		say_loaded(o->cli, hook, "; it ends with this command");
		sigwaitinfo(signals, NULL);
	}
	json_decref(hook);
	bpf_link__destroy(link);
	return ret;
}

/* Pins everything, or nothing. */
static int pin(struct hook_object *o, const char *site)
{
	struct bpf_link *link = NULL;
	struct hook_pins pins;
	json_t *hook = NULL;
	int ret;

	hook_pins_init(&pins, o->cli, site, o->name);
	ret = hook_pins_begin(&pins, o);
	if (ret)
		return ret;
	link = bpf_map__attach_struct_ops(o->ops);
	ret = link ? hook_pins_link(&pins, bpf_link__fd(link)) : not_attached(o, -errno);
	if (!ret)
		ret = hook_get(o->cli, site, o->name, &hook);
	if (!ret)
		ret = hook_pins_commit(&pins);
	if (!ret)
		say_loaded(o->cli, hook, "");
	else
		hook_pins_abort(&pins);
	json_decref(hook);
	bpf_link__destroy(link);
	return ret;
}

/* Pins may have stayed of a site that is gone: the site has to know the hook too. */
static int is_there(struct hook_object *o, const char *site, bool *there)
{
	struct hook_pins pins;
	json_t *hooks = NULL, *req, *hook;
	size_t i;
	int ret;

	hook_pins_init(&pins, o->cli, site, o->name);
	*there = false;
	if (!hook_pins_there(&pins))
		return CLI_OK;
	req = json_pack("{s:s}", "site_name", site);
	ret = cli_dump(o->cli, "hook-get", req, &hooks);
	json_array_foreach (hooks, i, hook) {
		const char *name = get_str(hook, "name");

		*there = *there || (name && !strcmp(name, o->name));
	}
	json_decref(hooks);
	json_decref(req);
	return ret;
}

/* Gives it to the kernel, and attaches it. */
static int load(struct hook_object *o, const char *site)
{
	sigset_t signals;
	int ret = hook_object_load(o);

	if (!ret)
		ret = hook_apply(o->cli, o->maps, o->settings, o->n_settings);
	if (ret)
		return ret;
	signals = hold_signals();
	return cli_flag(o->cli, "pin") ? pin(o, site) : stay(o, site, &signals);
}

int hook_load(struct cli *cli)
{
	const char *name = cli_value(cli, "name");
	char site[OPENVPP_NAME_MAX + 1];
	struct hook_object o;
	bool there = false;
	int ret;

	if (cli->n_words > 1)
		return cli_wrong(cli, "unexpected word '%s'", cli->words[1]);
	ret = hook_object_open(cli, cli->words[0], &o);
	if (!ret)
		ret = take_options(&o);
	if (!ret)
		ret = hook_site(cli, site);
	if (!ret)
		ret = hook_object_name(&o, site, name);
	if (!ret)
		ret = hook_rights(cli);
	if (!ret)
		ret = check_module(cli);
	if (!ret && cli_flag(cli, "if-missing"))
		ret = is_there(&o, site, &there);
	if (!ret && !there)
		ret = load(&o, site);
	hook_object_close(&o);
	return ret;
}

/*
 * Puts the new object behind the old link. libbpf hands the hook's members to the
 * kernel only when it attaches the map; the name is taken, so that comes to nothing
 * but to a map that is ready for the link. Where it comes to more, the old link's
 * hook was gone, and the new link is pinned: *@link is NULL unless it is so.
 */
static int update(struct hook_object *o, int old, struct bpf_link **link)
{
	int err;

	*link = bpf_map__attach_struct_ops(o->ops);
	if (*link)
		return CLI_OK;
	if (errno != EEXIST)
		return not_attached(o, -errno);
	err = bpf_link_update(old, bpf_map__fd(o->ops), NULL);
	if (!err)
		return CLI_OK;
	cli_error(o->cli, "cannot be put into the place of the old one: %s", strerror(-err));
	return CLI_REFUSED;
}

/*
 * The old link is among the new pins before it is changed: once that has succeeded,
 * only the names of folders are left to change.
 */
static int swap(struct hook_object *o, struct hook_pins *pins, int old)
{
	struct bpf_link *link = NULL;
	char path[HOOK_PATH + 8];
	int ret = hook_pins_begin(pins, o);

	if (ret)
		return ret;
	ret = hook_pins_link(pins, old);
	if (!ret)
		ret = update(o, old, &link);
	if (!ret && link) {
		snprintf(path, sizeof(path), "%s/link", pins->fresh);
		unlink(path);
		ret = hook_pins_link(pins, bpf_link__fd(link));
	}
	if (!ret)
		ret = hook_pins_commit(pins);
	if (ret)
		hook_pins_abort(pins);
	bpf_link__destroy(link);
	return ret;
}

/* Everything that can go wrong without touching the old hook comes first. */
static int prepare(struct hook_object *o, const struct hook_pins *pins, const char *site,
		   const char *name)
{
	json_t *old = NULL;
	int ret = hook_get(o->cli, site, name, &old);

	if (!ret)
		ret = hook_object_name(o, site, name);
	if (!ret)
		ret = take_over(o, old);
	if (!ret)
		ret = take_options(o);
	if (!ret)
		ret = check_module(o->cli);
	if (!ret)
		ret = hook_object_load(o);
	if (!ret && !cli_flag(o->cli, "reset"))
		ret = hook_keep(o, pins);
	if (!ret)
		ret = hook_apply(o->cli, o->maps, o->settings, o->n_settings);
	json_decref(old);
	return ret;
}

static int replace(struct hook_object *o, const char *name)
{
	char site[OPENVPP_NAME_MAX + 1];
	struct hook_pins pins;
	json_t *hook = NULL;
	int ret, old;

	ret = hook_site(o->cli, site);
	if (ret)
		return ret;
	hook_pins_init(&pins, o->cli, site, name);
	ret = hook_pins_open_link(&pins, &old);
	if (ret)
		return ret;
	ret = prepare(o, &pins, site, name);
	if (!ret) {
		hold_signals();
		ret = swap(o, &pins, old);
	}
	close(old);
	if (!ret)
		ret = hook_get(o->cli, site, name, &hook);
	if (!ret)
		say_loaded(o->cli, hook, "");
	json_decref(hook);
	return ret;
}

int hook_replace(struct cli *cli)
{
	struct hook_object o;
	int ret;

	if (cli->n_words != 2)
		return cli_wrong(cli, "%s",
				 cli->n_words < 2 ? "FILE is missing" : "too many words");
	ret = hook_object_open(cli, cli->words[1], &o);
	if (!ret)
		ret = hook_rights(cli);
	if (!ret)
		ret = replace(&o, cli->words[0]);
	hook_object_close(&o);
	return ret;
}
