int plugin_answer(int value)
{
    return value * 7;
}
