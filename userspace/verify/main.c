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
#include "print.h"
#include "recompute.h"
#include "verify.h"

enum { PROVEN, NOT_PROVEN, USAGE, UNREADABLE };

static const char usage_text[] =
	"usage: ovpp-verify [options] --key KEY BUNDLE...\n"
	"       ovpp-verify [options] --reward FILE BUNDLE...\n"
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
 * @verify: for the verifier
 * @json: print JSON
 * @quiet: print nothing
 */
struct options {
	const char *key;
	const char *reward;
	const char *previous;
	struct ovpp_verify_options verify;
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

static int verify_all(const struct options *opt, struct print *print, char **paths)
{
	uint8_t key[OVPP_KEY_SIZE];
	struct ovpp_verify *v;
	int status;

	status = read_key(opt->key, key);
	if (status)
		return status;
	v = ovpp_verify_new(key, &opt->verify);
	if (!v) {
		fprintf(stderr, "ovpp-verify: %s\n", strerror(ENOMEM));
		return UNREADABLE;
	}
	for (char **path = paths; *path && status == PROVEN; path++)
		status = verify_file(v, *path);
	if (status != UNREADABLE && !opt->quiet &&
	    (opt->json ? print_json(print, v) : print_text(print, v, paths)))
		status = UNREADABLE;
	ovpp_verify_free(v);
	return status;
}

static int verify_reward(const struct options *opt, char **paths)
{
	int ret = recompute(opt->reward, opt->previous, paths, opt->json, opt->quiet);

	return !ret ? PROVEN : ret == -EBADMSG ? NOT_PROVEN : UNREADABLE;
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
		opt->verify.allow_revoked = true;
		return PROVEN;
	case 'h':
		fputs(usage_text, stdout);
		return -1;
	case 'V':
		puts("ovpp-verify " OVPP_VERSION);
		return -1;
	default:
		return USAGE;
	}
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
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'},
		{0},
	};
	struct print print = {0};
	struct options opt = {.verify = {.record = print_keep, .arg = &print}};
	int c, status;

	while ((c = getopt_long(argc, argv, "k:r:jqhV", longs, NULL)) >= 0) {
		status = take_option(&opt, c);
		if (status)
			return status < 0 ? PROVEN : status;
	}
	if (!opt.key == !opt.reward || optind == argc || (opt.previous && !opt.reward) ||
	    (opt.reward && opt.verify.allow_revoked)) {
		fputs(usage_text, stderr);
		return USAGE;
	}
	if (opt.reward)
		return verify_reward(&opt, argv + optind);
	status = verify_all(&opt, &print, argv + optind);
	print_free(&print);
	return status;
}
