// SPDX-License-Identifier: GPL-2.0-or-later
#include "recompute.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reward.h"

/**
 * struct check - a check at work
 * @document: what is claimed
 * @previous: of the epoch before, or NULL
 * @expected: inputs that go on from it
 * @gateways: what the bundles prove
 * @results: what follows from them
 * @chain: that they must agree with, or NULL
 * @difference: where that differs from what is claimed: @a is right, @b is there
 * @differs: it does
 * @told: what went wrong was said already
 * @text: what is wrong
 */
struct check {
	json_t *document;
	json_t *previous;
	json_t *expected;
	json_t *gateways;
	json_t *results;
	struct onchain *chain;
	struct ovpp_json_difference difference;
	bool differs;
	bool told;
	char text[512];
};

static int load(struct check *c, const char *path, json_t **document)
{
	json_error_t why;

	*document = json_load_file(path, JSON_REJECT_DUPLICATES, &why);
	if (*document)
		return 0;
	snprintf(c->text, sizeof(c->text), "%s: line %d: %s", path, why.line, why.text);
	return json_error_code(&why) == json_error_cannot_open_file ? -ENOENT : -EBADMSG;
}

static int differs(struct check *c, const char *where)
{
	char path[sizeof(c->difference.path)];

	memcpy(path, c->difference.path, sizeof(path));
	if (snprintf(c->difference.path, sizeof(path), "%s%s%s", where, *path == '[' ? "" : ".",
		     path) < 0)
		return -EINVAL;
	snprintf(c->text, sizeof(c->text), "this is not what the evidence says");
	c->differs = true;
	return -EBADMSG;
}

/* Does it go on from the epoch before? */
static int follow(struct check *c)
{
	const json_t *inputs = json_object_get(c->document, "inputs");
	int ret = ovpp_reward_follows(inputs, c->previous, &c->expected);

	snprintf(c->text, sizeof(c->text), "the epoch before has no document like this");
	if (!ret && !ovpp_json_same(c->expected, inputs, &c->difference)) {
		ret = differs(c, "inputs");
		snprintf(c->text, sizeof(c->text), "this does not go on from the epoch before");
	}
	return ret;
}

/* It says itself what cannot be asked. */
static int ask_chain(struct check *c, const struct ovpp_reward *r, const json_t *inputs)
{
	int ret = onchain_reward(c->chain, r, inputs);

	if (ret)
		snprintf(c->text, sizeof(c->text), "%s", c->chain->fault.text);
	c->told = ret && !c->chain->asked;
	return ret;
}

static int compute(struct check *c, char *const *bundles)
{
	const json_t *inputs = json_object_get(c->document, "inputs");
	struct ovpp_reward r = {.arg = c->chain};
	size_t n = 0;
	int ret;

	while (bundles[n])
		n++;
	if (c->chain) {
		r.root = onchain_root;
		r.proven = onchain_proven;
	}
	ret = ovpp_reward_read(&r, inputs, c->text, sizeof(c->text));
	/* What cannot be computed with is not proven. */
	if (ret == -EINVAL)
		ret = -EBADMSG;
	if (!ret)
		ret = ovpp_reward_bundles(&r, bundles, n, &c->gateways, c->text, sizeof(c->text));
	if (!ret &&
	    !ovpp_json_same(c->gateways, json_object_get(inputs, "gateways"), &c->difference))
		ret = differs(c, "inputs.gateways");
	if (!ret) {
		ret = ovpp_reward_results(&r, inputs, &c->results);
		snprintf(c->text, sizeof(c->text), "%s", strerror(-ret));
	}
	if (!ret &&
	    !ovpp_json_same(c->results, json_object_get(c->document, "results"), &c->difference))
		ret = differs(c, "results");
	if (!ret && c->chain)
		ret = ask_chain(c, &r, inputs);
	ovpp_reward_free(&r);
	return ret == -EOVERFLOW ? -EBADMSG : ret;
}

static json_t *copy(const json_t *value)
{
	return value ? json_deep_copy(value) : json_null();
}

static json_t *fault_json(const struct check *c)
{
	if (!c->differs)
		return json_pack("{s:s,s:n,s:n,s:n}", "text", c->text, "path", "expected", "found");
	return json_pack("{s:s,s:s,s:o,s:o}", "text", c->text, "path", c->difference.path,
			 "expected", copy(c->difference.a), "found", copy(c->difference.b));
}

static int print_json(const struct check *c, int ret)
{
	static const char *const keys[] = {"evidence", "params_hash", "weight", "total", "root"};
	json_t *obj = json_object();

	json_object_set_new(obj, "proven", json_boolean(!ret));
	json_object_set_new(obj, "epoch",
			    copy(json_object_get(json_object_get(c->document, "inputs"), "epoch")));
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		json_object_set_new(obj, keys[i], copy(json_object_get(c->results, keys[i])));
	json_object_set_new(obj, "fault", ret ? fault_json(c) : json_null());
	if (c->chain)
		json_object_set_new(obj, "chain",
				    c->chain->asked ? onchain_json(c->chain) : json_null());
	ret = json_dumpf(obj, stdout, JSON_INDENT(2)) || putchar('\n') == EOF ? -EIO : 0;
	json_decref(obj);
	return ret;
}

static void print_value(const char *name, const json_t *value)
{
	char *text = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;

	printf("  %s %s\n", name, text ? text : "nothing");
	free(text);
}

static const char *text_of(const struct check *c, const char *key)
{
	const char *text = json_string_value(json_object_get(c->results, key));

	return text ? text : "";
}

/* What the chain proves is not left open. */
static const char *left_open(const struct check *c)
{
	if (c->chain)
		return "It is what the chain has. Whether dispatches, nameplates and ceilings are "
		       "right, the\ndocument does not prove.";
	if (c->previous)
		return "It goes on from the epoch before. Whether devices and dispatches are "
		       "right, "
		       "the\ndocument does not prove.";
	return "Whether devices, dispatches and what was earned before are right, the document "
	       "does\nnot prove.";
}

static void print_text(const struct check *c, int ret)
{
	if (!ret) {
		printf("PROVEN: this reward follows from the evidence.\n");
		printf("Epoch:      %lld\n",
		       (long long)json_integer_value(
			       json_object_get(json_object_get(c->document, "inputs"), "epoch")));
		printf("Gateways:   %zu\nDevices:    %zu\n", json_array_size(c->gateways),
		       json_array_size(json_object_get(c->results, "devices")));
		printf("Evidence:   %s\nParameters: %s\n", text_of(c, "evidence"),
		       text_of(c, "params_hash"));
		printf("Total:      %s\nRoot:       %s\n", text_of(c, "total"), text_of(c, "root"));
		if (c->chain)
			onchain_print(c->chain);
		puts(left_open(c));
		return;
	}
	if (c->chain && c->chain->asked) {
		onchain_print(c->chain);
		return;
	}
	printf("NOT PROVEN: %s\n", c->text);
	if (!c->differs)
		return;
	printf("  at %s\n", c->difference.path);
	print_value("expected:", c->difference.a);
	print_value("found:   ", c->difference.b);
}

int recompute(const char *path, const char *previous, char *const *bundles, struct onchain *chain,
	      bool json, bool quiet)
{
	struct check c = {.chain = chain};
	int ret = load(&c, path, &c.document), failed = 0;

	if (!ret && previous)
		ret = load(&c, previous, &c.previous);
	if (!ret && previous)
		ret = follow(&c);
	if (!ret)
		ret = compute(&c, bundles);
	if (c.told)
		quiet = true;
	else if (ret && ret != -EBADMSG)
		fprintf(stderr, "ovpp-verify: %s\n", c.text);
	else if (!quiet && json)
		failed = print_json(&c, ret);
	else if (!quiet)
		print_text(&c, ret);
	if (!failed && (fflush(stdout) || ferror(stdout)))
		failed = -EIO;
	json_decref(c.document);
	json_decref(c.previous);
	json_decref(c.expected);
	json_decref(c.gateways);
	json_decref(c.results);
	return failed ? failed : ret;
}
