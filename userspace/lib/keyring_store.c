// SPDX-License-Identifier: GPL-2.0-or-later
#include "keyring_store.h"

#include <errno.h>

int keyring_store_write(const struct keyring_dir *d, struct keyring_file *f, const char *passphrase,
			int (*write)(const struct keyring_dir *d, const char *name,
				     const char *text, size_t size))
{
	char *text = sodium_malloc(KEYRING_TEXT_MAX), name[KEYRING_NAME_MAX];
	int ret = text ? 0 : -ENOMEM;

	keyring_dir_name(f->kind->name, f->number, name);
	f->sealed = false;
	if (!ret && passphrase)
		ret = keyring_file_seal(f, passphrase);
	if (ret)
		keyring_dir_say(d, name, ret, "no memory to encrypt it");
	else
		ret = write(d, name, text, keyring_file_format(f, text));
	sodium_free(text);
	return ret;
}

int keyring_store_read(const struct keyring_dir *d, const struct keyring_kind *kind,
		       uint32_t number, struct keyring_file *f)
{
	char *text = sodium_malloc(KEYRING_TEXT_MAX + 1), name[KEYRING_NAME_MAX];
	size_t size;
	int ret;

	keyring_dir_name(kind->name, number, name);
	if (!text)
		return keyring_dir_say(d, name, -ENOMEM, "no memory for keys");
	ret = keyring_dir_read(d, name, text, KEYRING_TEXT_MAX + 1, &size);
	if (!ret) {
		ret = keyring_file_parse(f, kind, text, size);
		if (ret == -EPROTO)
			keyring_dir_say(d, name, ret, "was written by a newer version");
		else if (ret)
			keyring_dir_say(d, name, ret, "is damaged: put it back from a copy");
		else if (f->number != number)
			ret = keyring_dir_say(d, name, -EBADMSG, "is the key of %s %u",
					      kind->number, f->number);
	}
	sodium_free(text);
	return ret;
}

int keyring_store_unseal(const struct keyring_dir *d, struct keyring_file *f,
			 const char *passphrase)
{
	char name[KEYRING_NAME_MAX];
	int ret;

	if (!f->sealed)
		return 0;
	keyring_dir_name(f->kind->name, f->number, name);
	if (!passphrase)
		return keyring_dir_say(d, name, -ENOKEY,
				       "is encrypted: give its passphrase with --passphrase-file or"
				       " $OVPP_PASSPHRASE_FILE");
	ret = keyring_file_unseal(f, passphrase);
	if (ret == -EKEYREJECTED)
		keyring_dir_say(d, name, ret, "the passphrase is wrong, or the file is damaged");
	else if (ret)
		keyring_dir_say(d, name, ret, "decrypting it needs %llu MiB of memory",
				(unsigned long long)f->mem >> 20);
	return ret;
}

int keyring_store_foreign(const struct keyring_dir *d, const struct keyring_file *f)
{
	char name[KEYRING_NAME_MAX];

	keyring_dir_name(f->kind->name, f->number, name);
	return keyring_dir_say(d, name, -EBADMSG,
			       "its secret does not belong to its public key: put it back from a"
			       " copy");
}
