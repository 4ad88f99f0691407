/* bangban: one program, one table of commands. A command's exit code is its error's kind. */
int main(void)
{
    return 0;
}
