// SPDX-License-Identifier: GPL-3.0-or-later
// Flamenco 3 job type: renders a job folder made by scripts/submit.py, which all workers must be able to see.
// The folder's scripts do the work; Flamenco hands out the chunks.

const JOB_TYPE = {
    label: "Transformer Cinema",
    description: "Render a job folder of scripts/submit.py: pictures in chunks, a check of every one, the video",
    settings: [
        { key: "job_folder", type: "string", subtype: "dir_path", required: true,
          description: "The folder that scripts/submit.py has written, as the workers see it" },
        { key: "pictures", type: "string", required: true, default: "1-1",
          description: "Which pictures, counted from 1, as submit.py has said: 1-3600" },
        { key: "chunk_size", type: "int32", default: 48, propargs: { min: 1 },
          description: "Pictures that a worker renders at a time" },
        // What Flamenco would otherwise set in the .blend; the job's own scripts decide these.
        { key: "use_file_extension", type: "bool", default: true, visible: "hidden" },
        { key: "use_overwrite", type: "bool", default: true, visible: "hidden" },
        { key: "use_placeholder", type: "bool", default: false, visible: "hidden" },
    ],
};

function compileJob(job) {
    const settings = job.settings;
    const check = step("check", settings, []);
    const encode = step("encode", settings, []);
    for (const chunk of frameChunker(settings.pictures, settings.chunk_size)) {
        if (chunk.includes(",")) {
            throw `pictures must be one range such as 1-3600, not ${settings.pictures}`;
        }
        const render = step("render", settings, [chunk]);
        check.addDependency(render);
        job.addTask(render);
    }
    job.addTask(check);
    encode.addDependency(check);
    job.addTask(encode);
}

// A task that runs one of the steps of farm.py in Blender.
function step(name, settings, more) {
    const folder = settings.job_folder;
    const film = path.join(folder, "film", "film.blend");
    const task = author.Task([name, ...more].join("-"), "blender");
    task.addCommand(author.Command("blender-render", {
        exe: "{blender}",
        exeArgs: "{blenderArgs}",
        argsBefore: ["--factory-startup", "--python-exit-code", "1"],
        blendfile: film,
        args: [
            "--python", path.join(folder, "scripts", "addon", "output", "farm.py"),
            "--", name, film, path.join(folder, "output"), ...more,
        ],
    }));
    return task;
}
