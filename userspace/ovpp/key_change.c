// SPDX-License-Identifier: GPL-2.0-or-later
/* ovpp key rotate, revoke, passphrase */
#include "key_verbs.h"
#include "show.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "did.h"
#include "identity.h"
#include "ledger_key.h"
#include "ledger_read.h"

#define ERR_TEXT (PATH_MAX + 512)

static int read_passphrase(struct cli *cli, const char *option, char **passphrase)
{
	char err[ERR_TEXT];

	if (!ovpp_passphrase_read(cli_value(cli, option), passphrase, err, sizeof(err)))
		return CLI_OK;
	cli_error(cli, "%s", err);
	return CLI_REFUSED;
}

static void print_json(const struct ovpp_key_statement *s)
{
	json_t *o = key_statement(s);

	json_object_set_new(o, "gateway", key_hex(s->gateway));
	json_object_set_new(o, "did", key_did(s->gateway));
	show_json(o);
	json_decref(o);
}

static void print_text(const struct ovpp_key_statement *s)
{
	char key[2 * OVPP_KEY_SIZE + 1];

	ovpp_hex(s->key, sizeof(s->key), key);
	printf("epoch %u signs from batch %llu on, with %s\n", s->epoch,
	       (unsigned long long)s->from, key);
	if (s->revokes)
		printf("epoch %u is not to be trusted from batch %llu on\n", s->epoch - 1,
		       (unsigned long long)s->revoked_from);
	printf("the key of epoch %u is erased\n", s->epoch - 1);
}

/* Where batches are anchored they wait until the chain knows the key. */
static void remind(struct cli *cli)
{
	struct ovpp_reader *r;
	uint64_t since;
	uint32_t epoch;
	char err[512];

	if (ovpp_reader_open(key_ledger(cli), &r, err, sizeof(err)))
		return;
	if (!ovpp_identity_least(ovpp_reader_sql(r), &epoch, &since))
		fprintf(stderr, "now run 'ovpp chain register': until the chain knows the new key, "
				"no batch that it signs is anchored\n");
	ovpp_reader_close(r);
}

static int rotate(struct cli *cli, const struct ovpp_rotation *rotation)
{
	char buf[PATH_MAX], err[ERR_TEXT], *passphrase;
	struct ovpp_key_statement done;
	int ret = read_passphrase(cli, "passphrase-file", &passphrase);

	if (ret)
		return ret;
	ret = ovpp_ledger_key_rotate(key_ledger(cli), key_folder(cli, buf), passphrase, rotation,
				     &done, err, sizeof(err));
	ovpp_passphrase_free(passphrase);
	if (ret == -EINVAL)
		return cli_wrong(cli, "%s", err);
	if (ret) {
		cli_error(cli, "%s", err);
		return CLI_REFUSED;
	}
	if (cli->json)
		print_json(&done);
	else
		print_text(&done);
	remind(cli);
	return CLI_OK;
}

int key_rotate(struct cli *cli)
{
	const struct ovpp_rotation rotation = {.force = cli_flag(cli, "force"),
					       .reason = cli_value(cli, "reason")};

	return rotate(cli, &rotation);
}

int key_revoke(struct cli *cli)
{
	struct ovpp_rotation rotation = {
		.revoke = true,
		.from = UINT64_MAX,
		.reason = cli_value(cli, "reason"),
	};
	const char *from = cli_value(cli, "from");

	if (from && (!*from || strspn(from, "0123456789") != strlen(from) || strlen(from) > 18))
		return cli_wrong(cli, "--from: '%s' is no number of a batch", from);
	if (from)
		rotation.from = strtoull(from, NULL, 10);
	return rotate(cli, &rotation);
}

static int protect(struct cli *cli, const char *passphrase, const char *wanted)
{
	char buf[PATH_MAX], err[ERR_TEXT];
	uint32_t epoch;
	json_t *o;

	if (ovpp_ledger_key_protect(key_ledger(cli), key_folder(cli, buf), passphrase, wanted,
				    &epoch, err, sizeof(err))) {
		cli_error(cli, "%s", err);
		return CLI_REFUSED;
	}
	if (!cli->json) {
		printf("the key of epoch %u, and the account if there is one, are %s\n", epoch,
		       wanted ? "encrypted with the new passphrase" : "not encrypted any more");
		return CLI_OK;
	}
	o = json_pack("{s:I, s:b}", "epoch", (json_int_t)epoch, "encrypted", wanted != NULL);
	show_json(o);
	json_decref(o);
	return CLI_OK;
}

int key_passphrase(struct cli *cli)
{
	char *passphrase = NULL, *wanted = NULL;
	bool set = cli_value(cli, "set");
	int ret;

	if (set == cli_flag(cli, "clear"))
		return cli_wrong(cli, "either --set FILE or --clear");
	ret = read_passphrase(cli, "passphrase-file", &passphrase);
	if (!ret && set)
		ret = read_passphrase(cli, "set", &wanted);
	if (!ret)
		ret = protect(cli, passphrase, wanted);
	ovpp_passphrase_free(passphrase);
	ovpp_passphrase_free(wanted);
	return ret;
}
