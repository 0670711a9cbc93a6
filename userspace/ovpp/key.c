// SPDX-License-Identifier: GPL-2.0-or-later
/* ovpp key */
#include "key_verbs.h"

#include "did.h"
#include "file.h"

#define DEFAULT_LEDGER "/var/lib/openvpp/ledger.db"

#define OPTION_FILES                                                                        \
	{"ledger", "FILE", "The ledger. Default " DEFAULT_LEDGER "."},                      \
	{                                                                                   \
		"keys", "DIR", "The folder of its keys. Default: 'keys' beside the ledger." \
	}

#define OPTION_PASSPHRASE                                                                      \
	{                                                                                      \
		"passphrase-file", "FILE",                                                     \
			"One line: the passphrase of the keys. Default $OVPP_PASSPHRASE_FILE." \
	}

const char *key_ledger(const struct cli *cli)
{
	const char *path = cli_value(cli, "ledger");

	return path ? path : DEFAULT_LEDGER;
}

const char *key_folder(const struct cli *cli, char *buf)
{
	const char *path = cli_value(cli, "keys");

	if (path)
		return path;
	ovpp_file_beside(key_ledger(cli), "keys", buf, PATH_MAX);
	return buf;
}

json_t *key_hex(const uint8_t key[OVPP_KEY_SIZE])
{
	char text[2 * OVPP_KEY_SIZE + 1];

	ovpp_hex(key, OVPP_KEY_SIZE, text);
	return json_string(text);
}

json_t *key_did(const uint8_t key[OVPP_KEY_SIZE])
{
	char text[OVPP_DID_SIZE];

	ovpp_did_key(key, text);
	return json_string(text);
}

json_t *key_statement(const struct ovpp_key_statement *s)
{
	return json_pack("{s:I, s:o, s:I, s:I, s:o, s:s}", "epoch", (json_int_t)s->epoch, "key",
			 key_hex(s->key), "from_batch", (json_int_t)s->from, "real_ns",
			 (json_int_t)s->real_ns, "revoked_from",
			 s->revokes ? json_integer((json_int_t)s->revoked_from) : json_null(),
			 "reason", s->reason);
}

static const struct cli_option show_options[] = {
	{"did", "all|ID",
	 "Print W3C DID documents instead, as JSON: of the gateway and its devices, or the one of "
	 "this id."},
	OPTION_FILES,
	{0},
};

static const struct cli_option rotate_options[] = {
	{"reason", "TEXT", "Why, for people; part of the evidence. At most 63 bytes."},
	{"force", NULL, "Also if the chain does not know the key in force yet."},
	OPTION_PASSPHRASE,
	OPTION_FILES,
	{0},
};

static const struct cli_option revoke_options[] = {
	{"from", "BATCH",
	 "The first batch of the key that is not to be trusted. Default: the next."},
	{"reason", "TEXT", "Why, for people; part of the evidence. At most 63 bytes."},
	OPTION_PASSPHRASE,
	OPTION_FILES,
	{0},
};

static const struct cli_option passphrase_options[] = {
	{"set", "FILE", "One line: the passphrase from now on."},
	{"clear", NULL, "The file is not encrypted from now on."},
	OPTION_PASSPHRASE,
	OPTION_FILES,
	{0},
};

#define JSON_STATEMENT                                                                   \
	"Print JSON: gateway, did, and of the new key epoch, key, from_batch, real_ns, " \
	"revoked_from, reason."

static const struct cli_verb verbs[] = {
	{.name = "show",
	 .doc = "Show who the gateway is, its keys and its devices. Needs no passphrase. Exit "
		"status 1 if there is no key yet, or what the ledger has of one is wrong.",
	 .options = show_options,
	 .json = "Print JSON: gateway, did, epoch, key, from_batch, next_batch, file, keys and "
		 "devices.",
	 .run = key_show},
	{.name = "rotate",
	 .doc = "Let a new key sign from the next batch on, and erase the old one. The daemon "
		"may be running. Where batches are anchored 'ovpp chain register' has to follow.",
	 .options = rotate_options,
	 .json = JSON_STATEMENT,
	 .run = key_rotate},
	{.name = "revoke",
	 .doc = "The same, and say that the old key is not to be trusted any more.",
	 .options = revoke_options,
	 .json = JSON_STATEMENT,
	 .run = key_revoke},
	{.name = "passphrase",
	 .doc = "Encrypt the key in force and the account with another passphrase, or with none. "
		"It can be run again if it was cut short.",
	 .options = passphrase_options,
	 .json = "Print JSON: epoch and encrypted.",
	 .run = key_passphrase},
	{0},
};

const struct cli_command cmd_key = {
	.name = "key",
	.doc = "Keys: what the gateway signs its evidence with.",
	.about = "ovppd makes the first key. A ledger and its keys are files: the module need\n"
		 "not be loaded. Whoever has read a key file can sign in the gateway's name\n"
		 "until the key is revoked.\n"
		 "\n"
		 "examples:\n"
		 "  ovpp key show\n"
		 "  sudo ovpp key rotate --reason 'yearly'\n"
		 "  sudo ovpp key revoke --from 1200 --reason 'disk was stolen'\n"
		 "  sudo ovpp key passphrase --set /root/passphrase\n",
	.verbs = verbs,
};
