// SPDX-License-Identifier: GPL-2.0-or-later
/* ovpp hook restore: hooks that are to be there after every start of the machine. */
#include "file.h"
#include "hook.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX 65536
#define BLANKS " \t\r\n"

static int is_list(const struct dirent *entry)
{
	size_t n = strlen(entry->d_name);

	return entry->d_name[0] != '.' && n > 5 && !strcmp(entry->d_name + n - 5, ".conf");
}

/* A word that begins with # makes a comment of itself and the rest of its line. */
static void blank_comments(char *text)
{
	bool word = false;

	for (; *text; text++) {
		if (*text == '#' && !word) {
			size_t n = strcspn(text, "\n");

			memset(text, ' ', n);
			text += n - 1;
		}
		word = !strchr(BLANKS, *text);
	}
}

/* Splits a text into words, in place; there is room for @room of them. */
static int split_words(char *text, char **words, int room)
{
	char *state, *word;
	int n = 0;

	blank_comments(text);
	for (word = strtok_r(text, BLANKS, &state); word && n < room;
	     word = strtok_r(NULL, BLANKS, &state))
		words[n++] = word;
	return n;
}

static const struct cli_verb *load_verb(const struct cli *cli)
{
	const struct cli_verb *verb = cli->command->verbs;

	while (verb->run != hook_load)
		verb++;
	return verb;
}

/* As "ovpp hook load WORD... --pin --if-missing". */
static int load_words(const struct cli *cli, int n, char **words)
{
	struct cli load = {.command = cli->command, .verb = load_verb(cli), .json = cli->json};
	int ret = cli_parse(&load, n, words);

	if (!ret && (json_object_set_new(load.opt, "pin", json_true()) ||
		     json_object_set_new(load.opt, "if-missing", json_true())))
		ret = CLI_REFUSED;
	if (!ret)
		ret = hook_load(&load);
	cli_free(&load);
	return ret;
}

static int restore_file(const struct cli *cli, const char *path)
{
	char *text, **words;
	size_t size;
	int ret = ovpp_file_read(path, FILE_MAX, &text, &size);

	if (ret) {
		cli_error(cli, "%s: %s", path, strerror(-ret));
		return CLI_REFUSED;
	}
	/* Every word but the last has a blank behind it. */
	words = calloc(size / 2 + 1, sizeof(*words));
	ret = CLI_REFUSED;
	if (words)
		ret = load_words(cli, split_words(text, words, (int)(size / 2 + 1)), words);
	if (ret)
		cli_error(cli, "%s: this hook is not loaded", path);
	free(words);
	free(text);
	return ret;
}

/* One that fails does not keep the others from being there. */
int hook_restore(struct cli *cli)
{
	const char *folder = cli->n_words ? cli->words[0] : HOOK_LIST;
	struct dirent **entries;
	char path[PATH_MAX];
	int n, one, ret = CLI_OK;

	if (cli->n_words > 1)
		return cli_wrong(cli, "unexpected word '%s'", cli->words[1]);
	n = scandir(folder, &entries, is_list, alphasort);
	if (n < 0) {
		cli_error(cli, "%s: %s", folder, strerror(errno));
		return CLI_REFUSED;
	}
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
		one = restore_file(cli, path);
		ret = ret ? ret : one;
		free(entries[i]);
	}
	free(entries);
	return ret;
}
