using System.Collections.Concurrent;

namespace TraceKernel.Machine.Execution;

/// <summary>The one thread that translates for all engines.</summary>
internal static class TranslationThread
{
    private static readonly BlockingCollection<Action> Work = Start();

    public static void Do(Action work) => Work.Add(work);

    private static BlockingCollection<Action> Start()
    {
        var work = new BlockingCollection<Action>();
        var thread = new Thread(() =>
        {
            foreach (var item in work.GetConsumingEnumerable())
                item();
        })
        {
            IsBackground = true,
            Name = "translator",
        };
        thread.Start();
        return work;
    }
}
