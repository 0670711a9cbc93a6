// SPDX-License-Identifier: GPL-2.0-or-later
/* ovpp ledger export */
#include "ledger_export.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger_out.h"
#include "ledger_verbs.h"
#include "show.h"

/* The batches of a period that still have records. */
static int find_period(struct cli *cli, struct ovpp_reader *r, struct ovpp_export *what)
{
	struct ovpp_read_filter filter = OVPP_READ_ALL;
	int ret = ledger_moment(cli, "from", &filter.min_ns);

	if (!ret)
		ret = ledger_moment(cli, "to", &filter.max_ns);
	if (ret)
		return ret;
	ret = ovpp_reader_next(r, 0, &filter, &what->first);
	if (!ret)
		ret = ovpp_reader_last(r, &filter, &what->last);
	if (ret == -ENOENT) {
		cli_error(cli, "there are no records of that time");
		return CLI_NO;
	}
	return ret ? ledger_failed(cli, r, ret) : CLI_OK;
}

static int find_batches(struct cli *cli, struct ovpp_reader *r, struct ovpp_export *what)
{
	const char *range = cli_value(cli, "batches");

	if (!range)
		return find_period(cli, r, what);
	if (cli_value(cli, "from") || cli_value(cli, "to"))
		return cli_wrong(cli, "--batches or --from and --to");
	if (ledger_range(range, &what->first, &what->last))
		return cli_wrong(cli, "--batches: '%s' is no range; write it like 3-17", range);
	return CLI_OK;
}

/* The names after --der; to be freed. */
static int take_names(struct cli *cli, struct ovpp_export *what)
{
	const json_t *names = cli_values(cli, "der");
	const char **list = calloc(json_array_size(names) + 1, sizeof(*list));
	json_t *name;
	size_t i;

	if (!list) {
		cli_error(cli, "%s", strerror(ENOMEM));
		return CLI_REFUSED;
	}
	json_array_foreach (names, i, name)
		list[i] = json_string_value(name);
	what->der = list;
	what->n_der = json_array_size(names);
	what->withhold = cli_flag(cli, "withhold");
	return CLI_OK;
}

static int failed(struct cli *cli, struct ovpp_reader *r, int err, const struct ovpp_exported *done)
{
	unsigned long long batch = done->batch;

	switch (err) {
	case -ENOENT:
		cli_error(cli, "there is no batch %llu", batch);
		return CLI_NO;
	case -ENODATA:
		cli_error(cli, "the retention took the records of batch %llu away", batch);
		return CLI_NO;
	case -EBADMSG:
		cli_error(cli, "batch %llu is damaged", batch);
		return CLI_NO;
	default:
		return ledger_failed(cli, r, err);
	}
}

static int report(const struct cli *cli, const struct ovpp_export *what,
		  const struct ovpp_exported *done, const char *path)
{
	char gateway[2 * OVPP_KEY_SIZE + 1], root[2 * OVPP_HASH_SIZE + 1];
	json_t *object;

	ovpp_hex(done->head.gateway, sizeof(done->head.gateway), gateway);
	ovpp_hex(done->head.root, sizeof(done->head.root), root);
	if (!cli->json) {
		printf("%s: batches %llu to %llu, %llu of %llu records disclosed, %llu bytes\n"
		       "To check it: ovpp-verify --key %s %s\n",
		       path, (unsigned long long)what->first, (unsigned long long)what->last,
		       (unsigned long long)done->disclosed, (unsigned long long)done->records,
		       (unsigned long long)done->bytes, gateway, path);
		return CLI_OK;
	}
	object = json_pack("{s:s,s:s,s:I,s:I,s:I,s:I,s:I,s:I,s:s}", "file", path, "gateway",
			   gateway, "first_batch", (json_int_t)what->first, "last_batch",
			   (json_int_t)what->last, "records", (json_int_t)done->records,
			   "disclosed", (json_int_t)done->disclosed, "bytes",
			   (json_int_t)done->bytes, "log_size", (json_int_t)done->head.size,
			   "log_root", root);
	show_json(object);
	json_decref(object);
	return CLI_OK;
}

static int export(struct cli *cli, struct ovpp_reader *r, const struct ovpp_export *what)
{
	const char *path = cli_value(cli, "out");
	struct ledger_out out = {.fd = -1};
	struct ovpp_exported done;
	int ret = ledger_out_open(&out, path), err = 0;

	if (!ret) {
		err = ovpp_ledger_export(r, what, ledger_out_write, &out, &done);
		ret = ledger_out_close(&out, err);
	}
	if (err && err == ret)
		return failed(cli, r, err, &done);
	if (!ret)
		return report(cli, what, &done, path);
	cli_error(cli, "%s: %s", path, strerror(-ret));
	return CLI_REFUSED;
}

int ledger_export(struct cli *cli)
{
	struct ovpp_export what = {0};
	struct ovpp_reader *r;
	int ret;

	if (!cli_value(cli, "out"))
		return cli_wrong(cli, "--out is missing");
	ret = ledger_open(cli, &r);
	if (ret)
		return ret;
	ret = find_batches(cli, r, &what);
	if (!ret)
		ret = take_names(cli, &what);
	if (!ret)
		ret = export(cli, r, &what);
	free((void *)what.der);
	return ledger_close(cli, r, ret);
}
