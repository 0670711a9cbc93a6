// SPDX-License-Identifier: GPL-2.0-or-later
/* ovpp: the operators' command line. */
#include "cli.h"
#include "suggest.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

extern const struct cli_command cmd_site, cmd_bus, cmd_der, cmd_profile, cmd_policy, cmd_envelope,
	cmd_dispatch, cmd_hook, cmd_modbus, cmd_sunspec, cmd_watch, cmd_stats, cmd_ledger, cmd_key,
	cmd_chain, cmd_reward, cmd_vote, cmd_doctor;

const struct cli_command *const cli_commands[] = {
	&cmd_site,     &cmd_bus,      &cmd_der,	   &cmd_profile, &cmd_policy,
	&cmd_envelope, &cmd_dispatch, &cmd_hook,   &cmd_modbus,	 &cmd_sunspec,
	&cmd_watch,    &cmd_stats,    &cmd_ledger, &cmd_key,	 &cmd_chain,
	&cmd_reward,   &cmd_vote,     &cmd_doctor, NULL,
};

static const struct cli_command *find_command(const char *name)
{
	for (const struct cli_command *const *c = cli_commands; *c; c++) {
		if (!strcmp((*c)->name, name))
			return *c;
	}
	return NULL;
}

static const struct cli_verb *find_verb(const struct cli_command *command, const char *name)
{
	const struct cli_verb *v = command->verbs;

	for (; v->run; v++) {
		if (v->name && !strcmp(v->name, name))
			return v;
	}
	return NULL;
}

static int unknown_command(const char *name, const char *next)
{
	const struct cli_command *command = next ? find_command(next) : NULL;
	struct suggestion near = {.typed = name};
	struct cli cli = {0};

	if (command && find_verb(command, name))
		return cli_wrong(&cli,
				 "the object comes first; "
				 "did you mean 'ovpp %s %s'?",
				 next, name);
	for (const struct cli_command *const *c = cli_commands; *c; c++)
		suggest_offer(&near, (*c)->name);
	suggest_offer(&near, "help");
	return cli_wrong(&cli, "there is no command '%s'%s%s%s", name,
			 near.word ? "; did you mean '" : "", near.word ? near.word : "",
			 near.word ? "'?" : "");
}

static int unknown_verb(struct cli *cli, const char *name)
{
	const struct cli_verb *v = cli->command->verbs;
	struct suggestion near = {.typed = name};

	for (; v->run; v++)
		suggest_offer(&near, v->name);
	if (near.word)
		return cli_wrong(cli, "there is no '%s'; did you mean '%s'?", name, near.word);
	fprintf(stderr, "ovpp: %s: there is no '%s', but:", cli->command->name, name);
	for (v = cli->command->verbs; v->run; v++)
		fprintf(stderr, " %s", v->name);
	fprintf(stderr, "\nSee: ovpp help %s\n", cli->command->name);
	return CLI_USAGE;
}

/* ovpp help [COMMAND [VERB]] */
static int help(int argc, char **argv)
{
	struct cli cli = {0};
	const struct cli_verb *verb;

	if (!argc || !strcmp(argv[0], "help")) {
		help_all(stdout);
		return CLI_OK;
	}
	cli.command = find_command(argv[0]);
	if (!cli.command)
		return unknown_command(argv[0], argc > 1 ? argv[1] : NULL);
	if (argc == 1 || !cli.command->verbs->name) {
		help_command(stdout, cli.command);
		return CLI_OK;
	}
	verb = find_verb(cli.command, argv[1]);
	if (!verb)
		return unknown_verb(&cli, argv[1]);
	help_verb(stdout, cli.command, verb);
	return CLI_OK;
}

static bool wants_help(int argc, char **argv)
{
	for (int i = 0; i < argc && strcmp(argv[i], "--"); i++) {
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
			return true;
	}
	return false;
}

/* Takes the verb from the words; the first one is meant where none is given. */
static int choose_verb(struct cli *cli, int *argc, char ***argv)
{
	bool given = cli->command->verbs->name && *argc && (*argv)[0][0] != '-';

	if (!given) {
		cli->verb = cli->command->verbs;
		return CLI_OK;
	}
	cli->verb = find_verb(cli->command, (*argv)[0]);
	if (!cli->verb)
		return unknown_verb(cli, (*argv)[0]);
	--*argc;
	++*argv;
	return CLI_OK;
}

static int run(int argc, char **argv)
{
	struct cli cli = {.command = find_command(argv[0])};
	int ret;

	if (!cli.command)
		return unknown_command(argv[0], argc > 1 ? argv[1] : NULL);
	argc--;
	argv++;
	if (wants_help(argc, argv) && (!argc || argv[0][0] == '-')) {
		help_command(stdout, cli.command);
		return CLI_OK;
	}
	ret = choose_verb(&cli, &argc, &argv);
	if (ret)
		return ret;
	if (wants_help(argc, argv)) {
		help_verb(stdout, cli.command, cli.verb);
		return CLI_OK;
	}
	ret = cli_parse(&cli, argc, argv);
	if (!ret)
		ret = cli.verb->run(&cli);
	cli_free(&cli);
	return ret;
}

int main(int argc, char **argv)
{
	int ret = CLI_OK;

	if (argc < 2) {
		help_all(stderr);
		return CLI_USAGE;
	}
	if (!strcmp(argv[1], "help"))
		ret = help(argc - 2, argv + 2);
	else if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
		help_all(stdout);
	else if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V"))
		printf("ovpp %s\n", OVPP_VERSION);
	else
		ret = run(argc - 1, argv + 1);
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "ovpp: standard output: %s\n", strerror(errno));
		return CLI_REFUSED;
	}
	return ret;
}
