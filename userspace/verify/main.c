// SPDX-License-Identifier: GPL-2.0-or-later
/* ovpp-verify: is this evidence what a gateway signed? */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "onchain.h"
#include "print.h"
#include "recompute.h"

enum { PROVEN, NOT_PROVEN, USAGE, UNREADABLE };

static const char usage_text[] =
	"usage: ovpp-verify [options] --key KEY BUNDLE...\n"
	"       ovpp-verify [options] --reward FILE BUNDLE...\n"
	"       ovpp-verify --chain DEPLOYMENT --rpc URL ...\n"
	"\n"
	"Checks that a bundle is what a gateway recorded and signed, and that nothing of it\n"
	"was changed, left out or put in since. Several bundles must continue each other; - is\n"
	"standard input.\n"
	"\n"
	"  -k, --key KEY        id of the gateway, which you trust: 64 hexadecimal digits, or\n"
	"                       a file that has them\n"
	"  -j, --json           print the result as JSON\n"
	"  -q, --quiet          print nothing; the exit status says it\n"
	"  -r, --reward FILE    compute the reward of an epoch again, from the bundles that it\n"
	"                       follows from: those of a gateway one after the other, gateways\n"
	"                       in ascending order of their ids\n"
	"      --previous FILE  with --reward: it must go on from this one, of the epoch before\n"
	"  -c, --chain FILE     it must also be what a chain has; the file says where the "
	"contracts\n"
	"                       are. Without it no network is asked\n"
	"      --rpc URL        a node of that chain, several times for several; it is believed:\n"
	"                       take your own\n"
	"      --ca-file FILE   certificates to trust instead of the system's\n"
	"      --finalized      ask at the newest block that is final, and at no other\n"
	"      --latest         ask at the newest block, which may be undone. Without these two: "
	"at\n"
	"                       the final one if the node knows of one\n"
	"      --allow-revoked  take what was signed with a key that was revoked later\n"
	"  -h, --help           this text\n"
	"  -V, --version        version\n"
	"\n"
	"Exit status: 0 proven, 1 not proven, 2 wrong usage, 3 something cannot be read.\n";

/**
 * struct options - the command line
 * @key: as it was given
 * @reward: file, or NULL
 * @previous: likewise
 * @chain: which chain, if one is asked
 * @allow_revoked: take what a revoked key signed
 * @json: print JSON
 * @quiet: print nothing
 */
struct options {
	const char *key;
	const char *reward;
	const char *previous;
	struct onchain_options chain;
	bool allow_revoked;
	bool json;
	bool quiet;
};

#define DIGITS (2 * OVPP_KEY_SIZE)
/* A file with a key has nothing else but space around it. */
#define KEY_FILE_MAX 256

static int key_from_file(const char *path, uint8_t key[OVPP_KEY_SIZE])
{
	size_t size, start;
	char *text;
	int ret;

	ret = ovpp_file_read(path, KEY_FILE_MAX, &text, &size);
	if (ret) {
		fprintf(stderr, "ovpp-verify: %s: %s\n", path, strerror(-ret));
		return UNREADABLE;
	}
	start = strspn(text, " \t\r\n");
	size = strcspn(text + start, " \t\r\n");
	if (text[start + size + strspn(text + start + size, " \t\r\n")])
		size = 0;
	text[start + size] = '\0';
	if (size != DIGITS || ovpp_unhex(text + start, key, OVPP_KEY_SIZE)) {
		fprintf(stderr, "ovpp-verify: %s: not a key of %d hexadecimal digits\n", path,
			DIGITS);
		ret = UNREADABLE;
	}
	free(text);
	return ret;
}

static int read_key(const char *text, uint8_t key[OVPP_KEY_SIZE])
{
	return ovpp_unhex(text, key, OVPP_KEY_SIZE) ? key_from_file(text, key) : 0;
}

static int verify_file(struct ovpp_verify *v, const char *path)
{
	bool stdin_too = !strcmp(path, "-");
	int fd = stdin_too ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	int ret;

	ret = fd < 0 ? -errno : ovpp_verify_fd(v, fd);
	if (fd >= 0 && !stdin_too)
		close(fd);
	if (ret && ret != -EBADMSG) {
		fprintf(stderr, "ovpp-verify: %s: %s\n", path, strerror(-ret));
		return UNREADABLE;
	}
	return ret ? NOT_PROVEN : PROVEN;
}

/**
 * struct sink - what comes out of bundles
 * @print: records, to be shown
 * @chain: what a chain has, too; NULL: none is asked
 */
struct sink {
	struct print print;
	struct onchain *chain;
};

static void on_record(void *arg, const struct ovpp_record *rec, const struct ovpp_device *d)
{
	print_keep(&((struct sink *)arg)->print, rec, d);
}

static void on_root(void *arg, const struct ovpp_header *h, const ovpp_hash root)
{
	onchain_root(((struct sink *)arg)->chain, h, root);
}

/* What the bundles prove, against the chain. */
static int ask_chain(const struct options *opt, struct onchain *chain, const struct ovpp_verify *v)
{
	const struct ovpp_chain_rules rules = {.allow_revoked = opt->allow_revoked};
	int ret;

	onchain_proven(chain, v);
	ret = onchain_evidence(chain, &rules);
	return !ret ? PROVEN : ret == -EBADMSG ? NOT_PROVEN : UNREADABLE;
}

static int print_result(const struct options *opt, const struct sink *sink,
			const struct ovpp_verify *v, char **paths)
{
	return opt->json ? print_json(&sink->print, v, sink->chain)
			 : print_text(&sink->print, v, sink->chain, paths);
}

static int verify_all(const struct options *opt, struct onchain *chain, char **paths)
{
	struct sink sink = {.chain = chain};
	const struct ovpp_verify_options options = {
		.allow_revoked = opt->allow_revoked,
		.record = on_record,
		.root = chain ? on_root : NULL,
		.arg = &sink,
	};
	uint8_t key[OVPP_KEY_SIZE];
	struct ovpp_verify *v;
	int status;

	status = read_key(opt->key, key);
	if (status)
		return status;
	v = ovpp_verify_new(key, &options);
	if (!v) {
		fprintf(stderr, "ovpp-verify: %s\n", strerror(ENOMEM));
		return UNREADABLE;
	}
	for (char **path = paths; *path && status == PROVEN; path++)
		status = verify_file(v, *path);
	if (status == PROVEN && chain)
		status = ask_chain(opt, chain, v);
	if (status != UNREADABLE && !opt->quiet && print_result(opt, &sink, v, paths))
		status = UNREADABLE;
	ovpp_verify_free(v);
	print_free(&sink.print);
	return status;
}

static int verify_reward(const struct options *opt, struct onchain *chain, char **paths)
{
	int ret = recompute(opt->reward, opt->previous, paths, chain, opt->json, opt->quiet);

	return !ret ? PROVEN : ret == -EBADMSG ? NOT_PROVEN : UNREADABLE;
}

static int verify(const struct options *opt, char **paths)
{
	struct onchain chain = {0}, *asked = opt->chain.deployment ? &chain : NULL;
	int ret = asked ? onchain_open(asked, &opt->chain) : 0, status;

	if (ret)
		status = UNREADABLE;
	else if (opt->reward)
		status = verify_reward(opt, asked, paths);
	else
		status = verify_all(opt, asked, paths);
	onchain_close(&chain);
	return status;
}

/* Options about the chain. PROVEN to go on, or USAGE. */
static int take_chain_option(struct onchain_options *chain, int c)
{
	switch (c) {
	case 'c':
		chain->deployment = optarg;
		return PROVEN;
	case 'u':
		if (chain->urls == OVPP_RPC_ENDPOINTS)
			return USAGE;
		chain->url[chain->urls++] = optarg;
		return PROVEN;
	case 'C':
		chain->ca_file = optarg;
		return PROVEN;
	case 'F':
		chain->finalized = true;
		return PROVEN;
	case 'L':
		chain->latest = true;
		return PROVEN;
	default:
		return USAGE;
	}
}

/* PROVEN to go on, USAGE, or -1 when all is done. */
static int take_option(struct options *opt, int c)
{
	switch (c) {
	case 'k':
		opt->key = optarg;
		return PROVEN;
	case 'r':
		opt->reward = optarg;
		return PROVEN;
	case 'P':
		opt->previous = optarg;
		return PROVEN;
	case 'j':
		opt->json = true;
		return PROVEN;
	case 'q':
		opt->quiet = true;
		return PROVEN;
	case 'R':
		opt->allow_revoked = true;
		return PROVEN;
	case 'h':
		fputs(usage_text, stdout);
		return -1;
	case 'V':
		puts("ovpp-verify " OVPP_VERSION);
		return -1;
	default:
		return take_chain_option(&opt->chain, c);
	}
}

/* Do the options go together? */
static bool fits(const struct options *opt)
{
	const struct onchain_options *chain = &opt->chain;

	if (!opt->key == !opt->reward || (opt->previous && !opt->reward) ||
	    (opt->reward && opt->allow_revoked))
		return false;
	if (!chain->deployment)
		return !chain->urls && !chain->ca_file && !chain->finalized && !chain->latest;
	return chain->urls && !(chain->finalized && chain->latest);
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{"key", required_argument, NULL, 'k'},
		{"reward", required_argument, NULL, 'r'},
		{"previous", required_argument, NULL, 'P'},
		{"json", no_argument, NULL, 'j'},
		{"quiet", no_argument, NULL, 'q'},
		{"allow-revoked", no_argument, NULL, 'R'},
		{"chain", required_argument, NULL, 'c'},
		{"rpc", required_argument, NULL, 'u'},
		{"ca-file", required_argument, NULL, 'C'},
		{"finalized", no_argument, NULL, 'F'},
		{"latest", no_argument, NULL, 'L'},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'},
		{0},
	};
	struct options opt = {0};
	int c, status;

	while ((c = getopt_long(argc, argv, "k:r:c:jqhV", longs, NULL)) >= 0) {
		status = take_option(&opt, c);
		if (status)
			return status < 0 ? PROVEN : status;
	}
	if (optind == argc || !fits(&opt)) {
		fputs(usage_text, stderr);
		return USAGE;
	}
	return verify(&opt, argv + optind);
}
