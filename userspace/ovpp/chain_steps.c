// SPDX-License-Identifier: GPL-2.0-or-later
#include "chain_steps.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "account.h"

#define WEEK_S 604800
#define WHAT_TEXT 200

/* ---- options ---- */

static int read_deadline(struct chain_steps *s)
{
	const char *text = cli_value(s->c->cli, "deadline");
	uint64_t now = (uint64_t)time(NULL);

	s->deadline = now + WEEK_S;
	if (!text)
		return cli_values(s->c->cli, "owner-signature")
			       ? cli_wrong(s->c->cli, "--owner-signature needs the --deadline that "
						      "was signed")
			       : CLI_OK;
	if (!*text || strspn(text, "0123456789") != strlen(text) || strlen(text) > 18)
		return cli_wrong(s->c->cli, "--deadline: '%s' is no number of seconds since 1970",
				 text);
	s->deadline = strtoull(text, NULL, 10);
	if (s->deadline <= now)
		return cli_wrong(s->c->cli, "--deadline: is over: prepare it again");
	return CLI_OK;
}

static int parse_signature(const char *text, uint8_t consent[OVPP_REGISTRY_CONSENT])
{
	return strncmp(text, "0x", 2) ? -EINVAL
				      : ovpp_unhex(text + 2, consent, OVPP_REGISTRY_CONSENT);
}

static int check_signatures(const struct chain_steps *s)
{
	uint8_t consent[OVPP_REGISTRY_CONSENT];
	const json_t *value;
	size_t i;

	json_array_foreach (cli_values(s->c->cli, "owner-signature"), i, value) {
		if (parse_signature(json_string_value(value), consent))
			return cli_wrong(s->c->cli,
					 "--owner-signature: must be 0x and 130 hexadecimal "
					 "digits: r, s, v");
	}
	return CLI_OK;
}

int chain_steps_begin(struct chain_steps *s, const struct chain *c, struct chain_gateway *g)
{
	const char *path = cli_value(c->cli, "owner-key");
	char err[512];
	int ret;

	*s = (struct chain_steps){
		.c = c, .g = g, .prepare = cli_flag(c->cli, "prepare"), .done = json_array()};
	ret = read_deadline(s);
	if (!ret)
		ret = check_signatures(s);
	if (ret || !path)
		return ret;
	if (!ovpp_account_file(path, &s->owner_key, err, sizeof(err)))
		return CLI_OK;
	cli_error(c->cli, "%s", err);
	return CLI_REFUSED;
}

void chain_steps_end(struct chain_steps *s)
{
	ovpp_evm_key_free(s->owner_key);
	json_decref(s->done);
}

/* ---- one step ---- */

static void tell(const struct ovpp_registry_step *step, const char *name, char what[WHAT_TEXT])
{
	char operator[OVPP_ADDRESS_TEXT];

	switch (step->what) {
	case OVPP_REGISTRY_STEP_REGISTER:
		snprintf(what, WHAT_TEXT, "register %s", name);
		break;
	case OVPP_REGISTRY_STEP_ROTATE:
		snprintf(what, WHAT_TEXT, "a new key of %s, from batch %llu on", name,
			 (unsigned long long)step->rotation.from);
		break;
	case OVPP_REGISTRY_STEP_REVOKE:
		snprintf(what, WHAT_TEXT, "key %llu of %s is not valid from batch %llu on",
			 (unsigned long long)step->revocation.epoch, name,
			 (unsigned long long)step->revocation.from);
		break;
	case OVPP_REGISTRY_STEP_OPERATOR:
		ovpp_address_format(step->operator.operator, operator);
		snprintf(what, WHAT_TEXT, "%s acts for %s", operator, name);
		break;
	}
}

/* One of --owner-signature that fits. */
static bool given_consent(const struct chain_steps *s, const ovpp_hash digest,
			  const ovpp_address owner, uint8_t consent[OVPP_REGISTRY_CONSENT])
{
	const json_t *value;
	size_t i;

	json_array_foreach (cli_values(s->c->cli, "owner-signature"), i, value) {
		if (!parse_signature(json_string_value(value), consent) &&
		    ovpp_registry_consents(digest, owner, consent))
			return true;
	}
	return false;
}

/* @needed: false if the owner sends it. enum cli_status. */
static int get_consent(const struct chain_steps *s, const char *what, const ovpp_hash digest,
		       const ovpp_address owner, uint8_t consent[OVPP_REGISTRY_CONSENT],
		       bool *needed)
{
	char address[OVPP_ADDRESS_TEXT];

	*needed = memcmp(owner, ovpp_evm_key_address(s->c->key), OVPP_ADDRESS_SIZE) != 0;
	if (!*needed || given_consent(s, digest, owner, consent))
		return CLI_OK;
	if (s->owner_key && !memcmp(owner, ovpp_evm_key_address(s->owner_key), OVPP_ADDRESS_SIZE) &&
	    !ovpp_registry_consent(s->owner_key, digest, consent))
		return CLI_OK;
	ovpp_address_format(owner, address);
	if (cli_values(s->c->cli, "owner-signature"))
		cli_error(s->c->cli,
			  "%s: no --owner-signature of %s fits: everything has to be as it was "
			  "prepared, --since and --deadline too",
			  what, address);
	else
		cli_error(s->c->cli,
			  "%s: its owner %s has to consent: give --owner-key, or let --prepare "
			  "print what a wallet has to sign",
			  what, address);
	return CLI_REFUSED;
}

static int prepare_step(struct chain_steps *s, const char *what,
			const struct ovpp_registry_step *step, const struct ovpp_registry_action *a,
			const ovpp_hash digest)
{
	json_array_append_new(s->done, json_pack("{s:s, s:o, s:o, s:o}", "what", what, "owner",
						 chain_address(step->owner), "digest",
						 chain_hex(digest, OVPP_HASH_SIZE), "typed_data",
						 ovpp_registry_typed_data(&s->g->at, a)));
	return CLI_OK;
}

static int send_step(struct chain_steps *s, const char *what, const struct ovpp_registry_step *step,
		     const struct ovpp_registry_action *a, const ovpp_hash digest, ovpp_sign sign,
		     void *arg)
{
	uint8_t consent[OVPP_REGISTRY_CONSENT], proof[OVPP_SIGNATURE_SIZE];
	struct ovpp_abi args[OVPP_REGISTRY_ARGS];
	struct ovpp_outbox_call_result result;
	json_t *done;
	bool needed;
	size_t n;
	int ret = get_consent(s, what, digest, step->owner, consent, &needed);

	if (ret)
		return ret;
	if (a->proven && ovpp_registry_prove(digest, sign, arg, proof)) {
		cli_error(s->c->cli, "%s: its key cannot sign", what);
		return CLI_REFUSED;
	}
	n = ovpp_registry_args(a, needed ? consent : NULL, proof, args);
	ret = chain_send(s->c, OVPP_DEVICE_REGISTRY, what, a->call, args, n, &result);
	if (ret)
		return ret;
	done = chain_result(&result);
	json_object_set_new(done, "what", json_string(what));
	json_array_append_new(s->done, done);
	return CLI_OK;
}

int chain_steps_do(struct chain_steps *s, const char *name, const struct ovpp_registry_state *state,
		   const struct ovpp_registry_subject *subject, ovpp_sign sign, void *arg)
{
	struct ovpp_registry_step *step = calloc(OVPP_REGISTRY_STEPS, sizeof(*step));
	struct ovpp_registry_action a;
	char what[WHAT_TEXT];
	ovpp_hash digest;
	size_t n = 0;
	int ret = CLI_OK;

	if (step)
		n = ovpp_registry_plan(state, subject, s->g->key, s->g->keys, s->deadline, step);
	else
		ret = CLI_REFUSED;
	for (size_t i = 0; i < n && !ret; i++) {
		tell(&step[i], name, what);
		ovpp_registry_step_action(&step[i], &a);
		if (ovpp_registry_digest(&s->g->at, &a, digest)) {
			cli_error(s->c->cli, "%s: a number is too large", what);
			ret = CLI_REFUSED;
		} else if (s->prepare) {
			ret = prepare_step(s, what, &step[i], &a, digest);
		} else {
			ret = send_step(s, what, &step[i], &a, digest, sign, arg);
		}
	}
	free(step);
	return ret;
}
