using UnifiedMsg.KeptStores;
using UnifiedMsg.TestEngines;

// dotnet run --project tests/KeptStores [-- PROGRAM.dll [ENGINE …]]
string program = args.Length > 0 ? Path.GetFullPath(args[0]) : Path.Combine(AppContext.BaseDirectory, "unifiedmsg.dll");
Engine[] engines = args.Length > 1 ? [.. args[1..].Select(name => Enum.Parse<Engine>(name, ignoreCase: true))] : Enum.GetValues<Engine>();

// From the folder of the build up to that of the sources.
var root = new DirectoryInfo(AppContext.BaseDirectory);
while (!File.Exists(Path.Combine(root.FullName, "UnifiedMsg.sln")))
    root = root.Parent ?? throw new InvalidOperationException("This is to be run inside the repository.");
var keeper = new StoreKeeper(program, Path.Combine(root.FullName, "tests", "KeptStores", "Stores"));
foreach (Engine engine in engines)
    Console.WriteLine(await keeper.KeepAsync(engine) is { } kept ? $"{kept} is kept" : $"this build does not know {engine}");
