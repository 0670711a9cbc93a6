// SPDX-License-Identifier: GPL-2.0-or-later
/* ovpp profile */
#include "decode.h"
#include "get.h"
#include "show.h"
#include "table.h"

#include <core/profile.h>
#include <errno.h>
#include <limits.h>
#include "profile.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The points of a set of bits, "p, v, soc"; NULL for none. */
static const char *points(struct cli *cli, const json_t *row, const char *key, char *buf)
{
	json_int_t bits = get_int(row, key);
	const struct ovpp_spec_enum *e = ovpp_spec_enum("point");
	size_t len = 0;

	(void)cli;
	for (size_t i = 0; i < e->n && len < SHOW_TEXT; i++) {
		if (bits >> i & 1)
			len += (size_t)snprintf(buf + len, SHOW_TEXT - len, "%s%s", len ? " " : "",
						e->entry[i]);
	}
	for (char *c = buf; len && *c; c++) {
		if (*c == '_')
			*c = '-';
	}
	return len ? buf : NULL;
}

static const struct column columns[] = {
	{"NAME", "name", NULL},
	{"-VERSION", "version", NULL},
	{"KIND", "kind", NULL},
	{"BUS", "bus", NULL},
	{"-MESSAGES", "message_count", NULL},
	{"-SIGNALS", "signal_count", NULL},
	{"-USERS", "users", NULL},
	{"COMMANDS", "commands", points},
	{0},
};

static bool has_flag(const json_t *o, const char *name)
{
	const char *flag;
	json_t *f;
	size_t i;

	json_array_foreach (json_object_get(o, "flags"), i, f) {
		flag = json_string_value(f);
		if (flag && !strcmp(flag, name))
			return true;
	}
	return false;
}

/* The formula of a signal: "raw x 100 / 1 + 0". */
static const char *scaling(const json_t *signal, char *buf)
{
	const json_t *num = json_object_get(signal, "num");
	const json_t *den = json_object_get(signal, "den");
	json_int_t n = num ? json_integer_value(num) : 1;
	json_int_t d = den ? json_integer_value(den) : 1;
	json_int_t offset = get_int(signal, "offset");
	size_t len = 0;

	buf[0] = '\0';
	if (has_flag(signal, "map"))
		return "map";
	if (has_flag(signal, "const")) {
		snprintf(buf, SHOW_TEXT, "= %lld", (long long)get_int(signal, "mux_value"));
		return buf;
	}
	if (n != 1)
		len = (size_t)snprintf(buf, SHOW_TEXT, "x %lld", (long long)n);
	if (d != 1)
		len += (size_t)snprintf(buf + len, SHOW_TEXT - len, "%s/ %lld", len ? " " : "",
					(long long)d);
	if (has_flag(signal, "scaled"))
		len += (size_t)snprintf(buf + len, SHOW_TEXT - len, "%sx 10^[%lld]", len ? " " : "",
					(long long)get_int(signal, "scale_start"));
	if (offset)
		snprintf(buf + len, SHOW_TEXT - len, "%s%+lld", len ? " " : "", (long long)offset);
	return buf;
}

static void add_signal(struct table *t, const json_t *signal)
{
	const char *point = get_str(signal, "point");
	char buf[SHOW_TEXT];
	size_t len = 0;
	json_t *f;
	size_t i;

	table_add(t, point			 ? show_word(point, buf)
		     : has_flag(signal, "const") ? "(constant)"
						 : "(multiplexer)");
	snprintf(buf, sizeof(buf), "%lld", (long long)get_int(signal, "start"));
	table_add(t, buf);
	snprintf(buf, sizeof(buf), "%lld", (long long)get_int(signal, "length"));
	table_add(t, buf);
	table_add(t, scaling(signal, buf));
	buf[0] = '\0';
	json_array_foreach (json_object_get(signal, "flags"), i, f)
		len += (size_t)snprintf(buf + len, sizeof(buf) - len, "%s%s", len ? " " : "",
					json_string_value(f));
	table_add(t, buf);
}

static void print_frame(const json_t *message)
{
	printf("\n%s %#llx, %lld bytes\n", has_flag(message, "tx") ? "sent" : "received",
	       (unsigned long long)get_int(message, "id"), (long long)get_int(message, "length"));
}

/* "read function 4, address 52, 4 bytes every 200 ms" */
static void print_request(const json_t *message)
{
	uint32_t id = (uint32_t)get_int(message, "id");
	json_int_t period = get_int(message, "period_ms");

	printf("\n%s function %u, address %u, %lld bytes",
	       has_flag(message, "tx") ? "write" : "read", OVPP_MODBUS_FUNCTION(id),
	       OVPP_MODBUS_ADDRESS(id), (long long)get_int(message, "length"));
	if (period)
		printf(" every %lld ms", (long long)period);
	putchar('\n');
}

static int print_message(const json_t *message, bool modbus)
{
	static const char *const headings[] = {"  POINT", "-START", "-BITS", "SCALE", "FLAGS"};
	struct table *t = table_new(headings, 5);
	json_t *signal;
	size_t i;

	if (!t)
		return CLI_REFUSED;
	(modbus ? print_request : print_frame)(message);
	json_array_foreach (json_object_get(message, "signal"), i, signal)
		add_signal(t, signal);
	if (i)
		table_print(t, stdout, "\n");
	table_free(t);
	return CLI_OK;
}

static void print_points(struct cli *cli, const json_t *profile, const char *label, const char *key)
{
	char buf[SHOW_TEXT];
	const char *text = points(cli, profile, key, buf);
	size_t at = (size_t)printf("%s", label);

	text_wrap(stdout, text ? text : "-", at, 15);
}

static int details(struct cli *cli, const json_t *profile)
{
	const char *bus = get_str(profile, "bus");
	bool modbus = bus && !strcmp(bus, "modbus");
	json_t *message;
	size_t i;
	int ret = CLI_OK;

	print_points(cli, profile, "measures", "points");
	print_points(cli, profile, "takes", "commands");
	json_array_foreach (json_object_get(profile, "message"), i, message) {
		if (!ret)
			ret = print_message(message, modbus);
	}
	return ret;
}

int profile_load(struct cli *cli, const char *name, json_t **profile)
{
	char path[PATH_MAX], err[PROFILE_ERR];

	if (ovpp_profile_find(name, path, sizeof(path))) {
		if (strchr(name, '/') || strchr(name, '.'))
			cli_error(cli, "there is no file %s", name);
		else
			cli_error(cli,
				  "there is no profile '%s' in "
				  "$OVPP_PROFILES or " OVPP_PROFILE_DIRS,
				  name);
		return CLI_NO;
	}
	if (ovpp_profile_load(path, profile, err, sizeof(err))) {
		cli_error(cli, "%s", err);
		return CLI_NO;
	}
	return CLI_OK;
}

static int one_word(struct cli *cli)
{
	if (cli->n_words == 1)
		return CLI_OK;
	return cli_wrong(cli, "unexpected word '%s'", cli->words[1]);
}

/* What the options say goes before what the file says. */
static int profile_add(struct cli *cli)
{
	json_t *profile = NULL, *reply = NULL;
	int ret;

	ret = one_word(cli);
	if (!ret)
		ret = profile_load(cli, cli->words[0], &profile);
	if (!ret && json_object_update(profile, cli->req))
		ret = CLI_REFUSED;
	if (!ret)
		ret = cli_do(cli, "profile-new", profile, &reply);
	if (!ret && cli->json)
		ret = show_json(reply);
	else if (!ret)
		printf("profile %s: %lld messages, %lld signals\n", get_str(reply, "name"),
		       (long long)get_int(reply, "message_count"),
		       (long long)get_int(reply, "signal_count"));
	json_decref(profile);
	json_decref(reply);
	return ret;
}

static int profile_check(struct cli *cli)
{
	json_t *all = json_array(), *profile;
	int ret = CLI_OK;

	for (size_t i = 0; i < cli->n_words; i++) {
		profile = NULL;
		if (profile_load(cli, cli->words[i], &profile)) {
			ret = CLI_NO;
			continue;
		}
		if (!cli->json)
			printf("%s: good, %zu messages\n", get_str(profile, "name"),
			       json_array_size(json_object_get(profile, "message")));
		json_array_append_new(all, profile);
	}
	if (cli->json)
		show_json(all);
	json_decref(all);
	return ret;
}

static int profile_import(struct cli *cli)
{
	char err[PROFILE_ERR], *yaml = NULL;
	int ret = one_word(cli);

	if (ret)
		return ret;
	if (cli->json)
		return cli_wrong(cli, "a profile is YAML; --json says nothing "
				      "here");
	if (ovpp_profile_import_dbc(cli->words[0], cli_value(cli, "node"), &yaml, err,
				    sizeof(err))) {
		cli_error(cli, "%s", err);
		return CLI_NO;
	}
	fputs(yaml, stdout);
	free(yaml);
	return CLI_OK;
}

static const struct cli_option import_options[] = {
	{"node", "NAME", "Only what this node of the DBC file sends."},
	{0},
};

static const struct cli_option decode_options[] = {
	{"node", "N",
	 "Which of several equal devices; of Modbus devices the unit. Default 0, "
	 "of Modbus 1."},
	{0},
};

static const struct cli_verb verbs[] = {
	{.name = "list",
	 .doc = "The profiles that the kernel has.",
	 .op = "profile-get",
	 .dump = true,
	 .run = object_list},
	{.name = "show",
	 .doc = "A profile that the kernel has, with messages and signals.",
	 .op = "profile-get",
	 .subject = SUBJECT_SELF,
	 .args = "NAME",
	 .run = object_show},
	{.name = "add",
	 .doc = "Give a profile to the kernel: a YAML file, or the name of one "
		"that is installed.",
	 .op = "profile-new",
	 .subject = SUBJECT_WORDS,
	 .args = "NAME|FILE",
	 .run = profile_add},
	{.name = "del",
	 .doc = "Take a profile back that no DER uses.",
	 .op = "profile-del",
	 .subject = SUBJECT_SELF,
	 .args = "NAME",
	 .run = object_change},
	{.name = "check",
	 .doc = "Check profiles as the kernel would, without it. Exit status 1 "
		"if one is not right.",
	 .subject = SUBJECT_WORDS,
	 .args = "NAME|FILE...",
	 .run = profile_check},
	{.name = "import",
	 .doc = "Print the profile that a DBC file describes, to be completed.",
	 .subject = SUBJECT_WORDS,
	 .args = "FILE.dbc",
	 .options = import_options,
	 .run = profile_import},
	{.name = "decode",
	 .doc = "Decode the lines of candump, or FUNCTION:ADDRESS=REGISTERS of a "
		"Modbus device, on standard input or as LINE, to points, here, "
		"with the kernel's own code. Exit status 1 if a line or a frame "
		"is bad or none is of the device.",
	 .subject = SUBJECT_WORDS,
	 .args = "NAME|FILE [LINE...]",
	 .options = decode_options,
	 .run = profile_decode},
	{0},
};

const struct cli_command cmd_profile = {
	.name = "profile",
	.doc = "Profiles: what the bytes of a kind of device mean.",
	.about = "examples:\n"
		 "  ovpp profile check mydevice.yaml\n"
		 "  candump can0 | ovpp profile decode mydevice.yaml\n"
		 "  ovpp profile decode eastron-sdm630 4:52=C59C4000\n"
		 "  ovpp profile add mydevice.yaml\n"
		 "  ovpp profile import vendor.dbc >vendor.yaml\n",
	.verbs = verbs,
	.columns = columns,
	.details = details,
};
