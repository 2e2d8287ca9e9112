// SPDX-License-Identifier: Apache-2.0
#include "app/say.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

static const char *speaker = "supervisor";

void rp_say_as(const char *process)
{
    speaker = process;
}

static void quote(char *dst, size_t size, const char *src)
{
    size_t n = 0;
    for (; *src && n + 3 < size; src++) {
        if (*src == '"' || *src == '\\')
            dst[n++] = '\\';
        dst[n++] = (unsigned char)*src < ' ' ? ' ' : *src;
    }
    dst[n] = '\0';
}

void rp_say(enum rp_severity severity, const char *format, ...)
{
    static const char *const words[] = {[RP_ERROR] = "error", [RP_WARN] = "warn", [RP_INFO] = "info"};
    char text[1024], quoted[1100], line[1280];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    quote(quoted, sizeof(quoted), text);
    int n = snprintf(line, sizeof(line), "level=%s process=%s msg=\"%s\"\n", words[severity], speaker, quoted);
    size_t len = n < 0 ? 0 : (size_t)n < sizeof(line) ? (size_t)n : sizeof(line) - 1;
    /* One write per line, so that lines of several processes do not mix. A lost line is not worth a retry. */
    if (write(STDERR_FILENO, line, len) < 0)
        return;
}
