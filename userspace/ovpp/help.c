// SPDX-License-Identifier: GPL-2.0-or-later
/* Help, generated from the tables of commands and of the netlink family. */
#include "cli.h"
#include "quantity.h"
#include "table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INDENT 24

static void print_option(FILE *out, const char *name, size_t len, const char *arg, const char *doc)
{
	size_t at = (size_t)fprintf(out, "  --");

	for (size_t i = 0; i < len; i++, at++)
		fputc(name[i] == '_' ? '-' : name[i], out);
	if (arg)
		at += (size_t)fprintf(out, " %s", arg);
	text_wrap(out, doc ? doc : "", at, INDENT);
}

static const char *placeholder(const struct ovpp_spec_set *set, const struct ovpp_spec_attr *attr)
{
	if (!strcmp(attr->name, "site"))
		return "SITE";
	if (cli_named(set, attr))
		return "NAME";
	if (attr->type == OVPP_SPEC_U8)
		return "[yes|no]";
	if (attr->values)
		return "WORD";
	if (attr->type == OVPP_SPEC_STRING)
		return "NAME";
	return quantity_placeholder(ovpp_units_of(attr->name));
}

static void print_choices(FILE *out, const struct ovpp_spec_enum *e)
{
	char text[512] = "One of: ";
	size_t len = strlen(text);

	for (size_t i = 0; i < e->n && len < sizeof(text) - 40; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s", e->entry[i],
					i + 1 < e->n ? ", " : ".");
	for (char *c = text; *c; c++) {
		if (*c == '_')
			*c = '-';
	}
	text_wrap(out, text, 0, INDENT);
}

/* What the netlink specification leaves to common sense. */
static const struct {
	const char *attr;
	const char *doc;
} docs[] = {
	{"site", "The site, by name or id. May be left out when there is only "
		 "one."},
	{"bus", "The bus, by name or id."},
	{"profile", "A profile that the kernel has: see ovpp profile add."},
	{"ifname", "The CAN net device, can0."},
	{"type", "Kind of bus. Default: can."},
	{"version", "Instead of what the file says."},
	{"export_max_mw", "Greatest export; none: no limit."},
	{"import_max_mw", "Greatest import; none: no limit."},
	{"loopback", "Local listeners (candump) see what the loop sends. "
		     "Default yes."},
	{"foreign_write", "Others may write to devices through the module, but never "
			  "what carries commands of a DER. Default no."},
	{"pcc", "This meter measures the PCC. Default no."},
	{"enable", "no: the DER is held at its safe value. Default yes."},
	{"p_min_mw", "Least power of the DER. Default 0 W: a new DER cannot "
		     "move."},
	{"p_max_mw", "Greatest power of the DER. Default 0 W."},
	{"ramp_mw_s", "How fast it may move, 500W/s; 0: at once."},
	{"droop_deadband_mhz", "Frequency errors up to this are left alone."},
	{"soc_min_ppm", "No discharge of the DER below."},
	{"soc_max_ppm", "No charge of the DER above."},
	{"v_max_mv", "The greatest voltage."},
	{"f_min_mhz", "The least frequency."},
	{"f_max_mhz", "The greatest frequency."},
};

/*
 * A specification says "Default 2000." of an attribute in ms; people read
 * "Default 2 s."
 */
static const char *humane(const struct ovpp_spec_attr *attr, char *buf, size_t size)
{
	enum ovpp_unit unit = ovpp_units_of(attr->name);
	const char *at = strstr(attr->doc, "Default ");
	char text[OVPP_UNITS_TEXT], *end;
	long long value;

	if (!at || unit == OVPP_UNIT_NONE)
		return attr->doc;
	at += strlen("Default ");
	value = strtoll(at, &end, 10);
	if (end == at || !strchr(".:;", *end))
		return attr->doc;
	snprintf(buf, size, "%.*s%s%s", (int)(at - attr->doc), attr->doc,
		 quantity_exact(unit, value, text), end);
	return buf;
}

static const char *doc_of(const struct ovpp_spec_attr *attr, char *buf, size_t size)
{
	for (size_t i = 0; i < sizeof(docs) / sizeof(docs[0]); i++) {
		if (!strcmp(attr->name, docs[i].attr))
			return docs[i].doc;
	}
	return attr->doc ? humane(attr, buf, size) : "";
}

/* Is it the "x_name" beside an "x" that takes names as well? */
static bool is_second_name(const struct ovpp_spec_set *set, const struct ovpp_spec_attr *attr)
{
	for (size_t i = 0; i < set->n; i++) {
		if (cli_named(set, &set->attr[i]) == attr)
			return true;
	}
	return false;
}

static void print_attrs(FILE *out, const struct cli_verb *verb)
{
	const struct ovpp_spec_set *set;
	char doc[512];

	if (!verb->op)
		return;
	set = ovpp_spec_op(verb->op)->set;
	for (size_t i = 0; i < set->n; i++) {
		const struct ovpp_spec_attr *attr = &set->attr[i];

		if (!cli_takes(verb, attr) || cli_is_subject(verb, attr) ||
		    is_second_name(set, attr))
			continue;
		print_option(out, attr->name, quantity_stem(attr->name), placeholder(set, attr),
			     doc_of(attr, doc, sizeof(doc)));
		if (attr->values)
			print_choices(out, attr->values);
	}
}

static void print_synopsis(FILE *out, const struct cli_command *command,
			   const struct cli_verb *verb)
{
	fprintf(out, "ovpp %s%s%s%s%s [OPTIONS]\n", command->name, verb->name ? " " : "",
		verb->name ? verb->name : "", verb->args ? " " : "", verb->args ? verb->args : "");
}

void help_verb(FILE *out, const struct cli_command *command, const struct cli_verb *verb)
{
	const struct cli_option *o = verb->options;

	fprintf(out, "usage: ");
	print_synopsis(out, command, verb);
	fputc('\n', out);
	text_wrap(out, verb->doc, 0, 0);
	fprintf(out, "\noptions:\n");
	for (; o && o->name; o++)
		print_option(out, o->name, strlen(o->name), o->arg, o->doc);
	print_attrs(out, verb);
	print_option(out, "json", 4, NULL,
		     verb->json ? verb->json
				: "Print JSON: SI milli-units, keys as in the netlink "
				  "specification.");
	print_option(out, "help", 4, NULL, "Print this.");
	if (!verb->name && command->about)
		fprintf(out, "\n%s", command->about);
}

void help_command(FILE *out, const struct cli_command *command)
{
	const struct cli_verb *verb = command->verbs;

	if (!verb->name) {
		help_verb(out, command, verb);
		return;
	}
	fprintf(out, "%s\n\nusage:\n", command->doc);
	for (; verb->run; verb++) {
		fprintf(out, "  ");
		print_synopsis(out, command, verb);
		text_wrap(out, verb->doc, 0, 6);
	}
	if (command->about)
		fprintf(out, "\n%s", command->about);
	fprintf(out, "\nOptions of a verb: ovpp help %s %s\n", command->name, command->verbs->name);
}

void help_all(FILE *out)
{
	fprintf(out, "usage: ovpp COMMAND [VERB] [WORDS] [OPTIONS]\n\n"
		     "Operates the sites of a virtual power plant that the "
		     "kernel module openvpp\ncontrols.\n\ncommands:\n");
	for (const struct cli_command *const *c = cli_commands; *c; c++) {
		size_t at = (size_t)fprintf(out, "  %s", (*c)->name);

		text_wrap(out, (*c)->doc, at, 13);
	}
	fprintf(out, "  help       This text; help COMMAND [VERB] for more.\n\n");
	text_wrap(out,
		  "Values have units: 5kW, -2.5kW, 400V, 50Hz, 80%, 15min, "
		  "100us. A number alone is in W, V, A, Hz, % or s. An option "
		  "under its full name in the netlink specification (--safe-mw, "
		  "--period-ns) takes the kernel's integer. P > 0 flows into the "
		  "site; at the point of common coupling (PCC) P > 0 is export.",
		  0, 0);
	fputc('\n', out);
	text_wrap(out,
		  "--json prints JSON in SI milli-units. Exit status: 0 done, 1 "
		  "the answer is no, 2 wrong usage, 3 refused by the kernel or "
		  "the system.",
		  0, 0);
	fprintf(out, "\nFirst steps: ovpp doctor, ovpp site list, "
		     "ovpp watch --table\n");
}
