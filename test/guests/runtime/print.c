// print.c: a small printf.
#include "runtime.h"

struct output
{
    char text[512];
    size_t length;
};

static void put(struct output *output, char c)
{
    if (output->length < sizeof output->text)
        output->text[output->length++] = c;
}

static void put_padded(struct output *output, const char *text, size_t length, int width, bool left, char fill)
{
    int padding = width > (int)length ? width - (int)length : 0;
    if (fill == '0' && length > 0 && text[0] == '-') // the sign stands before the zeros
        put(output, *text++), length--;
    for (int i = 0; !left && i < padding; i++)
        put(output, fill);
    for (size_t i = 0; i < length; i++)
        put(output, text[i]);
    for (int i = 0; left && i < padding; i++)
        put(output, ' ');
}

// Writes the digits so that they end before end; returns where they begin.
static char *digits(char *end, unsigned long value, unsigned base)
{
    do
        *--end = "0123456789abcdef"[value % base];
    while ((value /= base) != 0);
    return end;
}

static void format_one(struct output *output, const char **format, va_list *arguments)
{
    char number[32], *end = number + sizeof number, *begin = end, fill = ' ';
    bool left = false, wide = false;
    int width = 0;
    const char *f = *format;

    for (; *f == '-' || *f == '0'; f++)
        *f == '-' ? (left = true) : (fill = '0');
    for (; *f >= '0' && *f <= '9'; f++)
        width = width * 10 + (*f - '0');
    for (; *f == 'l'; f++)
        wide = true;
    *format = f + 1;

    switch (*f)
    {
    case 'd':
    {
        long value = wide ? va_arg(*arguments, long) : va_arg(*arguments, int);
        begin = digits(end, value < 0 ? 0 - (unsigned long)value : (unsigned long)value, 10);
        if (value < 0)
            *--begin = '-';
        break;
    }
    case 'u':
    case 'x':
        begin = digits(end, wide ? va_arg(*arguments, unsigned long) : va_arg(*arguments, unsigned), *f == 'u' ? 10 : 16);
        break;
    case 'p':
        begin = digits(end, va_arg(*arguments, unsigned long), 16);
        *--begin = 'x';
        *--begin = '0';
        break;
    case 's':
        begin = va_arg(*arguments, char *);
        if (begin == NULL)
            begin = "(null)";
        end = begin + strlen(begin);
        break;
    case 'c':
        *--begin = (char)va_arg(*arguments, int);
        break;
    default:
        *--begin = *f;
        break;
    }
    put_padded(output, begin, (size_t)(end - begin), width, left, fill);
}

static int print(int fd, const char *format, va_list *arguments)
{
    struct output output;
    output.length = 0;
    while (*format != '\0')
    {
        char c = *format++;
        if (c == '%')
            format_one(&output, &format, arguments);
        else
            put(&output, c);
    }
    return (int)write(fd, output.text, output.length);
}

int printf(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int written = print(1, format, &arguments);
    va_end(arguments);
    return written;
}

int dprintf(int fd, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int written = print(fd, format, &arguments);
    va_end(arguments);
    return written;
}
