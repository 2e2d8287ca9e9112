// SPDX-License-Identifier: Apache-2.0
#include "wrap/say.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "base/fdio.h"

void rp_wrap_say(const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    const int n = vsnprintf(text, sizeof(text) - 1, format, args);
    va_end(args);
    size_t len = n < 0 ? 0 : (size_t)n < sizeof(text) - 1 ? (size_t)n : sizeof(text) - 2;
    text[len++] = '\n';
    rp_discard(rp_write_all(STDERR_FILENO, "reprieve-wrap: ", sizeof("reprieve-wrap: ") - 1));
    rp_discard(rp_write_all(STDERR_FILENO, text, len));
}
