// SPDX-License-Identifier: GPL-2.0-or-later
/* ovppd: the site daemon. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "chain.h"
#include "config.h"
#include "config_chain.h"
#include "daemon.h"
#include "file.h"

struct options {
	const char *config;
	const char *database;
	bool check;
	bool verbose;
};

static void usage(FILE *out)
{
	fputs("usage: ovppd [--config FILE] [--database FILE] [--check]"
	      " [--verbose]\n"
	      "  --config FILE    configuration (default " CONFIG_PATH ")\n"
	      "  --database FILE  ledger, whatever the configuration says\n"
	      "  --check          check the configuration and its profiles,"
	      " and exit\n"
	      "  --verbose        log more\n",
	      out);
}

/* Return: 0, or 1 if there is nothing more to do: the exit status is set. */
static int parse_options(int argc, char **argv, struct options *o, int *status)
{
	static const struct option longs[] = {
		{"config", required_argument, NULL, 'c'},
		{"database", required_argument, NULL, 'd'},
		{"check", no_argument, NULL, 'k'},
		{"verbose", no_argument, NULL, 'v'},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'},
		{NULL, 0, NULL, 0},
	};
	int opt;

	*o = (struct options){.config = CONFIG_PATH};
	*status = DAEMON_DONE;
	while ((opt = getopt_long(argc, argv, "c:d:vh", longs, NULL)) != -1) {
		switch (opt) {
		case 'c':
			o->config = optarg;
			break;
		case 'd':
			o->database = optarg;
			break;
		case 'k':
			o->check = true;
			break;
		case 'v':
			o->verbose = true;
			break;
		case 'V':
			puts("ovppd " OVPP_VERSION);
			return 1;
		case 'h':
			usage(stdout);
			return 1;
		default:
			usage(stderr);
			*status = DAEMON_USAGE;
			return 1;
		}
	}
	if (optind == argc)
		return 0;
	usage(stderr);
	*status = DAEMON_USAGE;
	return 1;
}

static void print_all(const json_t *texts)
{
	json_t *text;
	size_t i;

	json_array_foreach (texts, i, text)
		fprintf(stderr, "%s\n", json_string_value(text));
}

static int check(const struct options *o)
{
	json_t *errors = json_array(), *desired = NULL;
	int ret = config_load(o->config, &desired, errors);

	print_all(errors);
	if (!ret)
		printf("%s: %zu sites, %zu profiles: ok\n", o->config,
		       json_array_size(json_object_get(desired, "sites")),
		       json_object_size(json_object_get(desired, "profiles")));
	json_decref(desired);
	json_decref(errors);
	return ret ? DAEMON_CONFIG : DAEMON_DONE;
}

/* Where the ledger is: the option goes first, and has its keys beside it. */
static struct store_config store_place(const struct options *o, const json_t *desired, char *keys,
				       size_t size)
{
	const json_t *ledger = json_object_get(desired, "ledger");
	struct store_config place = {
		.path = json_string_value(json_object_get(ledger, "path")),
		.keys = json_string_value(json_object_get(ledger, "keys")),
		.passphrase_file = json_string_value(json_object_get(ledger, "passphrase_file")),
	};

	if (!o->database && desired)
		return place;
	place.path = o->database ? o->database : CONFIG_DATABASE;
	ovpp_file_beside(place.path, "keys", keys, size);
	place.keys = keys;
	return place;
}

/* What was applied last time, from the ledger; NULL if there is nothing. */
static json_t *last_state(struct store *store)
{
	char *text = store_state(store, "desired");
	json_t *state = text ? json_loads(text, 0, NULL) : NULL;

	free(text);
	return state;
}

/*
 * Without a configuration that is right, the last state that was is restored:
 * a site must not stand still for a slip of the pen, but it must be said.
 */
static int choose_state(struct daemon *d, const json_t *errors)
{
	json_t *text;
	size_t i;

	d->before = last_state(d->store);
	json_array_foreach (errors, i, text)
		log_err(&d->log, "%s", json_string_value(text));
	if (d->desired)
		return 0;
	if (!d->before) {
		log_err(&d->log, "no configuration, and none in the ledger either");
		return -ENOENT;
	}
	log_warning(&d->log, "the last good configuration is restored from"
			     " the ledger");
	d->desired = json_incref(d->before);
	d->restored = true;
	return 0;
}

static int open_chain(struct daemon *d, const struct store_config *place, char *err, size_t size)
{
	const struct anchoring_place where = {
		.database = place->path,
		.keys = place->keys,
		.passphrase_file = place->passphrase_file,
	};
	int ret = chain_open(&where, &d->log, &d->chain);

	if (ret)
		snprintf(err, size, "%s", strerror(-ret));
	return ret;
}

int main(int argc, char **argv)
{
	struct daemon d = {0};
	struct options o;
	struct ovpp_outbox_target target;
	struct store_config place;
	char err[512], keys[4096];
	json_t *errors;
	int ret, status;

	if (parse_options(argc, argv, &o, &status))
		return status;
	if (o.check)
		return check(&o);
	tzset();
	log_init(&d.log, o.verbose);
	d.config_path = o.config;
	errors = json_array();
	config_load(o.config, &d.desired, errors);

	place = store_place(&o, d.desired, keys, sizeof(keys));
	if (!config_chain_target(d.desired, &target))
		place.target = &target;
	ret = store_open(&place, &d.log, &d.store, err, sizeof(err));
	if (!ret)
		ret = open_chain(&d, &place, err, sizeof(err));
	if (ret) {
		log_err(&d.log, "%s", err);
		status = ret == -EBUSY ? DAEMON_REFUSED : DAEMON_FAILED;
	} else if (choose_state(&d, errors)) {
		status = DAEMON_CONFIG;
	} else {
		status = daemon_run(&d);
	}
	chain_close(d.chain);
	store_close(d.store);
	json_decref(d.before);
	json_decref(d.desired);
	json_decref(errors);
	return status;
}
