// SPDX-License-Identifier: GPL-2.0-or-later
/* ovpp ledger verify */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "get.h"
#include "ledger_check.h"
#include "ledger_verbs.h"
#include "show.h"

/* A file with a key has little else. */
#define KEY_FILE_MAX 256

/* A key in hexadecimal, or the name of a file that has it; enum cli_status. */
static int take_key(struct cli *cli, const char *text, uint8_t key[OVPP_KEY_SIZE])
{
	char *content;
	size_t size;
	int ret;

	if (!ovpp_unhex(text, key, OVPP_KEY_SIZE))
		return CLI_OK;
	ret = ovpp_file_read(text, KEY_FILE_MAX, &content, &size);
	if (ret) {
		cli_error(cli, "--key: neither 64 hexadecimal digits nor a file: %s: %s", text,
			  strerror(-ret));
		return CLI_USAGE;
	}
	content[strcspn(content, " \t\r\n")] = '\0';
	ret = ovpp_unhex(content, key, OVPP_KEY_SIZE);
	free(content);
	return ret ? cli_wrong(cli, "--key: %s has no key of 64 hexadecimal digits", text) : CLI_OK;
}

/* Whose ledger it must be, and if that is only what the ledger says itself. */
static int find_key(struct cli *cli, struct ovpp_reader *r, uint8_t key[OVPP_KEY_SIZE])
{
	const char *text = cli_value(cli, "key");
	int ret;

	if (text)
		return take_key(cli, text, key);
	ret = ovpp_reader_key(r, 0, key);
	return ret ? ledger_failed(cli, r, ret) : CLI_OK;
}

/* The batches that are meant: all, or those of a period, with records or without. */
static int find_batches(struct cli *cli, struct ovpp_reader *r, uint64_t *first, uint64_t *last)
{
	struct ovpp_read_filter filter = OVPP_READ_ALL;
	int64_t n = ovpp_reader_batches(r);
	int ret = ledger_moment(cli, "from", &filter.min_ns);

	if (!ret)
		ret = ledger_moment(cli, "to", &filter.max_ns);
	if (ret)
		return ret;
	if (n < 0)
		return ledger_failed(cli, r, (int)n);
	*first = 0;
	*last = n ? (uint64_t)n - 1 : 0;
	if (n && (cli_value(cli, "from") || cli_value(cli, "to"))) {
		ret = ovpp_reader_next(r, 0, &filter, first);
		if (!ret)
			ret = ovpp_reader_last(r, &filter, last);
	}
	if (ret && ret != -ENOENT)
		return ledger_failed(cli, r, ret);
	if (!ret && n)
		return CLI_OK;
	cli_error(cli, n ? "there are no records of that time" : "the ledger has no batches");
	return CLI_NO;
}

/* The result as JSON: that of the verifier, and what the ledger has beside it. */
static json_t *to_json(struct cli *cli, const struct ovpp_verify *v, const struct ovpp_check *check,
		       bool good)
{
	json_t *object = ovpp_verify_json(v);

	if (!object)
		return NULL;
	json_object_set_new(object, "proven", json_boolean(good));
	json_object_set_new(object, "batches", json_integer((json_int_t)check->batches));
	json_object_set_new(object, "pruned_batches", json_integer((json_int_t)check->pruned));
	json_object_set_new(object, "pruned_records",
			    json_integer((json_int_t)check->pruned_records));
	json_object_set_new(object, "key_given", json_boolean(cli_value(cli, "key")));
	if (*check->text)
		json_object_set_new(object, "fault",
				    json_pack("{s:s,s:o}", "text", check->text, "batch",
					      check->has_batch
						      ? json_integer((json_int_t)check->batch)
						      : json_null()));
	return object;
}

static void say_wrong(struct cli *cli, const struct ovpp_check *check,
		      const struct ovpp_fault *fault)
{
	if (*check->text && check->has_batch)
		cli_error(cli, "batch %llu: %s", (unsigned long long)check->batch, check->text);
	else if (*check->text)
		cli_error(cli, "%s", check->text);
	else if (fault->has_record)
		cli_error(cli, "batch %llu, record %llu: %s", (unsigned long long)fault->batch,
			  (unsigned long long)fault->record, fault->text);
	else if (fault->has_batch)
		cli_error(cli, "batch %llu: %s", (unsigned long long)fault->batch, fault->text);
	else
		cli_error(cli, "%s", *fault->text ? fault->text : "the ledger is damaged");
}

static void say_right(struct cli *cli, const uint8_t key[OVPP_KEY_SIZE],
		      const struct ovpp_verify_result *result, const struct ovpp_check *check)
{
	char id[2 * OVPP_KEY_SIZE + 1];

	ovpp_hex(key, OVPP_KEY_SIZE, id);
	printf("All of it holds: %llu batches, %llu records, %llu lost.\n",
	       (unsigned long long)check->batches, (unsigned long long)result->records,
	       (unsigned long long)result->lost);
	if (check->pruned)
		printf("The retention took %llu records of %llu batches away; their headers "
		       "hold.\n",
		       (unsigned long long)check->pruned_records,
		       (unsigned long long)check->pruned);
	printf("Gateway %s%s\n", id,
	       cli_value(cli, "key")
		       ? "."
		       : ",\nas the ledger itself says; --key compares it with one you trust.");
}

static int verify(struct cli *cli, struct ovpp_reader *r, const uint8_t key[OVPP_KEY_SIZE],
		  uint64_t first, uint64_t last)
{
	struct ovpp_verify *v = ovpp_verify_new(key, NULL);
	struct ovpp_check check;
	json_t *object;
	int ret;

	if (!v)
		return ledger_failed(cli, r, -ENOMEM);
	ret = ovpp_ledger_check(r, key, first, last, v, &check);
	if (ret && ret != -EBADMSG) {
		ovpp_verify_free(v);
		return ledger_failed(cli, r, ret);
	}
	if (ret)
		say_wrong(cli, &check, &ovpp_verify_result(v)->fault);
	else if (!cli->json)
		say_right(cli, key, ovpp_verify_result(v), &check);
	if (cli->json) {
		object = to_json(cli, v, &check, !ret);
		show_json(object);
		json_decref(object);
	}
	ovpp_verify_free(v);
	return ret ? CLI_NO : CLI_OK;
}

int ledger_verify(struct cli *cli)
{
	uint8_t key[OVPP_KEY_SIZE];
	struct ovpp_reader *r;
	uint64_t first, last;
	int ret = ledger_open(cli, &r);

	if (ret)
		return ret;
	ret = find_key(cli, r, key);
	if (!ret)
		ret = find_batches(cli, r, &first, &last);
	if (!ret)
		ret = verify(cli, r, key, first, last);
	return ledger_close(cli, r, ret);
}
