# ruff: noqa: E501
"""Texts of the library that the panel may show, with placeholders. Written by tools/update_translations.py."""

from __future__ import annotations

from collections.abc import Callable


def texts(_: Callable[[str], str]) -> tuple[str, ...]:
    """Each text as ``_`` translates it. Called with ``slicer.i18n.tr``, which asks in which file it is called."""
    return (
        _("'advanced.{0}' is larger than '{1}', of which it is a part. Correct the settings."),
        _("'advanced.{0}_batch' is 1 with the smallest patch: batch normalisation needs more. Raise one of them."),
        _("'{0}' fits {1} series of {2}. Choose by number:\n{3}"),
        _("'{0}' has no model card of this extension; it comes from another program."),
        _("'{0}' is a label map, not an image. Choose the MR volume."),
        _("'{0}' is not a level. Choose one from {1} to {2}."),
        _("'{0}' is not a model of this extension, or it is damaged. Import it again."),
        _("A DICOM file of the volume cannot be read: {0}. Import the series into the DICOM database again."),
        _(
            "A batch of {0} patches cannot be split evenly among {1} processes. Choose batch sizes that are multiples of {2} (full_batch and slab_batch in the settings)."
        ),
        _("A disc at the {0} border of the field of view is mostly cut off and was left out."),
        _("A disc lies below L5-S1"),
        _("A disc seems to be missing"),
        _("A disc seems to be missing between {0} and {1}. Add it with one point."),
        _(
            "A process that prepares batches was ended by the system, mostly because memory ran out. Set a lower number of 'workers' (0: none) under \"advanced\" in the settings."
        ),
        _("A temporary folder in {0} could not be created: {1}"),
        _("A training is running in {0} already. Stop it first, or choose another folder."),
        _("All levels are uncertain. Check one of them; if it is wrong, set it and let the others follow."),
        _("All voxels have the same value ({0}): it shows nothing. Load or export it again."),
        _("Angle between both endplates, + open to the front."),
        _("Another program is adding a case to {0}. Try again in a moment."),
        _("Another training has begun in {0} while this one was asleep. This one ends and writes nothing more."),
        _("Antero-posterior width in the mid-sagittal band, along the endplates. Empty where the image cuts the disc."),
        _("Between {0} and {1} a disc is not annotated; the place is not learned from."),
        _("Cancelled."),
        _("Centroid, to the back."),
        _("Centroid, to the left."),
        _("Cervical and thoracic spine: {0} to {1}"),
        _("Cervical spine: {0} to {1}"),
        _("Choosing the best weights"),
        _("Comparing old and new model: {0} of {1}"),
        _(
            "DICOM SEG cannot be written, because the Python package highdicom is missing in this Slicer. Install it in the Python console with slicer.util.pip_install('highdicom') and export again."
        ),
        _("DICOM SEG could not be made from these DICOM files: {0}"),
        _("DICOM SEG could not be written: {0}"),
        _(
            "DICOM SEG refers to the slices it was made from, and this volume was not loaded from DICOM. Import the DICOM series with the DICOM module and segment it there, or export a label map instead."
        ),
        _("DICOM files are read with the package pydicom, which is missing. Install it: pip install pydicom"),
        _("Edit by hand"),
        _("Image and labels of {0} lie on different grids. Put both on the same grid."),
        _("It may have run out of memory."),
        _("Known only on the cases it was judged by."),
        _("Largest width from left to right. Empty where the image cuts the disc."),
        _("Localization distance, mm (validation)"),
        _("Lumbar spine phantom"),
        _("Lumbar spine: {0} to {1}"),
        _("Making phantoms: {0} of {1}"),
        _("Mean of the three heights divided by the antero-posterior width of the same disc."),
        _("Mean signal divided by that of the cerebrospinal fluid behind the disc. Empty where no fluid was found."),
        _("Mean signal inside the disc."),
        _("Mean thickness over 8-20 % of the depth from the front, within 5 mm of the mid-sagittal plane."),
        _("No disc has a level yet. Set the level of one disc first."),
        _(
            "No disc has a level: levels are counted from the sacrum, which may lie outside of the image. Set the level of one disc and let the others follow."
        ),
        _("No disc is labelled, so the case cannot be used for training. Add a segmentation with at least one disc."),
        _("No disc is named {2}, between {0} and {1}. There is no room for another disc: set the level of one of them."),
        _("No disc is named {2}, between {0} and {1}. There is room for a disc that was missed: add it with one point."),
        _("No disc is visible at this point. Place it in the middle of the disc, or paint the disc."),
        _("No disc is visible there. Move the centre into the disc, or paint the disc."),
        _("No marks were given. Paint on what belongs to the disc, or on what does not."),
        _("No spine was found in this volume."),
        _("No volume is chosen. Load an MR volume and choose it as the input."),
        _(
            "None of the segments in {0} is a disc or vertebra by its name or code ({1}). Name the discs by level, for example 'L4-L5'."
        ),
        _("Nothing of {0} would be left. Delete the disc instead."),
        _("Nothing was better than the model that it started from, so the new model equals the old one."),
        _("On the {0} the new model is as good as before ({1})."),
        _(
            "On the {0} the new model is worse ({1}, missed discs {2} → {3}). Raise the share of phantoms, or lower the learning rate or the number of epochs."
        ),
        _("On your validation cases the new model is {0} ({1})."),
        _("Part of a spine: 1 disc, level unknown"),
        _("Part of a spine: {0} discs, levels unknown"),
        _("Reading the cases"),
        _("Remove the case or repair the file."),
        _("Research use. Not a medical device."),
        _("Segmentation was cancelled. Nothing was changed."),
        _("Series {0} (one of {1})"),
        _("Settings of the training"),
        _("Slicer could not merge the segments into a label map."),
        _(
            "Slicer's DICOM exporter did not accept the segmentation. Check that the DICOM files of the volume are still in the DICOM database."
        ),
        _(
            "Slicer's Python (PythonSlicer) was not found, so the segmentation cannot be started. Reinstall Slicer, or put the folder of PythonSlicer on the PATH."
        ),
        _("Some DICOM files of the volume are no longer in the DICOM database. Import the series again, then export."),
        _("Standard deviation of the signal."),
        _("Stopped at once. Resume goes on from the last checkpoint."),
        _("Stopped."),
        _("Stopped. Resume goes on from the last checkpoint."),
        _("T12-L1 and L5-S1 are not both in view"),
        _("The DICOM database is not open. Open the DICOM module once, then export again."),
        _("The DICOM files of the volume were not found. Import the series into the DICOM database again."),
        _("The DICOM series '{0}'"),
        _("The GPU cannot do this ({0}): the volume was done on the CPU."),
        _("The GPU ran out of memory: the volume was done in smaller tiles."),
        _("The GPU ran out of memory: the volume was done on the CPU."),
        _("The case {0} cannot be used: {1} Or leave this case out."),
        _("The case {0} has no image, so it cannot be used for training."),
        _("The checkpoint in {0} belongs to another network. Start the training anew, or choose another folder."),
        _("The checkpoint {0} cannot be read: {1}. Check the path."),
        _(
            "The checkpoint {0} is damaged or was written by another program. Start the training anew, or choose another folder."
        ),
        _("The computer ran out of memory. Choose a smaller batch or patch (Advanced)."),
        _("The computer ran out of memory. Close other data or crop the volume, then try again."),
        _("The device '{0}' is not known. Choose auto, cpu, cuda or mps."),
        _("The disc '{0}' has no level. Set it, or delete the disc if it is a false one."),
        _("The disc '{0}' lies above C2-C3, where the table of levels ends."),
        _(
            "The disc '{0}' lies below L5-S1: six lumbar vertebrae (L6), a remnant disc S1-S2, or levels that are too low by one. It has no level in the table."
        ),
        _(
            "The disc '{2}' lies between {0} and {1}, which leave no level for it: an additional vertebra, or a false disc. Delete it, or set the level of a neighbour and let the others follow."
        ),
        _("The disk may be full: free some space or choose another folder."),
        _("The edited segmentation lies on another grid than the result. Edit the result's own copy."),
        _(
            "The field of view is small ({0} mm). Only one or two discs fit; check their levels, or give a scan that shows the sacrum."
        ),
        _(
            "The field of view is too small ({0} mm): no disc with its neighbours fits. Give a scan of the spine, and check its spacing."
        ),
        _(
            "The file does not say how the patient lies (no TransformMatrix): its axes are taken as left, posterior and superior. Check the orientation."
        ),
        _(
            "The file does not say how the patient lies (qform and sform are both unset): its axes are taken as left, posterior and superior. Check the orientation."
        ),
        _(
            "The file does not say how the patient lies ({0}): its axes are taken as left, posterior and superior. Check the orientation."
        ),
        _(
            "The file gives two places for its voxels: sform (code {0}) and qform (code {1}) lie up to {2} mm apart. Coordinates are those of {3} {4}; label maps in NIfTI carry both forms, so they lie on the scan in every program."
        ),
        _(
            "The file probably turns the patient the wrong way: {0}. Compare the letters at the borders of the slice views with the anatomy; correct the file's orientation before you use levels or sides."
        ),
        _("The file's header names the body part '{0}', but discs were found. Check that they are discs of a spine."),
        _("The file's header names the body part '{0}', but no spine was found. Is it the right series?"),
        _("The file's header names the body part '{0}', but the levels found are {1}. Check them."),
        _(
            "The first classes of the model '{0}' are {1}, not {2}. Choose another model, or install the version it was made for."
        ),
        _("The folder {0} cannot be read: {1}. Check the disk and the path."),
        _("The folder {0} could not be created: {1}"),
        _("The label map holds fractions, so it is an image. Give the label map."),
        _(
            "The label map holds values that stand for no structure: {0}. Discs are 1 (L5-S1), 2 (L4-L5) … {1} ({2}), 51 … where the level is unknown. Name the values or the segments."
        ),
        _(
            "The label map lies on another grid than the image: {0}. Give the label map that was drawn on this image, or resample it onto the image."
        ),
        _("The level of the added disc"),
        _(
            "The levels are out of order: {0} lies above {1}. Is the volume upside down, or are the levels wrong? Correct them first."
        ),
        _("The levels could not be told"),
        _("The lowest disc found is"),
        _("The lowest disc found is {0}: discs below it are not in view."),
        _("The marks lie outside of the volume."),
        _(
            "The model '{0}' was trained for voxels of {1} mm (k, j, i); this version gives {2} mm. Choose another model, or install the version it was made for."
        ),
        _("The model card in '{0}' cannot be used: {1}. Import the model again."),
        _("The model card in '{0}' does not match its checksum: the file was changed or damaged."),
        _("The model file '{0}' cannot be read: {1}."),
        _("The model has learned discs above T9-T10 from generated scans only. Check their levels and outlines."),
        _(
            "The model knows no levels: discs are counted from the lowest one, as if it were L5-S1. If it is another, set the level of one disc and let the others follow."
        ),
        _("The network '{0}' cannot be built from this file: {1}."),
        _("The network is unsure of every disc: this scan differs from those that it has learned from. Check all outlines."),
        _("The network kind '{0}' is not known. Known are: {1}."),
        _("The new model is ready. The best weights so far were kept."),
        _("The new run found another"),
        _("The painted marks lie on another grid than the segmentation."),
        _("The point lies outside of the volume. Place it inside the disc."),
        _("The result could not be handed to Slicer: {0}"),
        _("The same image"),
        _("The same over 42-58 % of the depth."),
        _("The same over 80-92 % of the depth."),
        _("The same patient"),
        _("The scan could not be handed to Slicer: {0}"),
        _("The segment '{0}' has no readable layer or value. Save the segmentation again."),
        _("The segmentation process could not be started ({0})."),
        _("The segmentation process ended unexpectedly ({0})."),
        _("The segmentation stopped with an unexpected error. Please report it with the details below."),
        _("The slab shows the middle {0} mm of each disc: volumes and widths are those of the part in view."),
        _("The training ended with an unexpected error ({0}: {1})."),
        _("The training process ended before it was done. Resume goes on from the last checkpoint."),
        _("The two results lie on different volumes, so edits cannot be carried over."),
        _("The valid region in {0} is of unknown type {1}."),
        _("The valid region of {0} lies on another grid than its labels."),
        _("The values ({0} to {1}) are too large to compute with. Export the volume with its usual intensities."),
        _(
            "The values ({0} to {1}) look like CT (Hounsfield units). The models are made for MR: do not trust the result, give the MR scan."
        ),
        _("The volume '{0}' has no voxels. Load it again."),
        _("The volume '{0}' has {1} values in each voxel (colour or vectors). Choose a grey MR volume."),
        _("The volume '{0}' is a single slice. Discs are found in 3D volumes only."),
        _(
            "The volume '{0}' is sheared by its transform, so its axes are not at right angles. Harden the transform and resample the volume (Transforms and Resample modules), or take the transform off."
        ),
        _(
            "The volume '{0}' is under the non-linear transform '{1}'. Harden the transform on it (Data module, right click on the transform) and segment it then."
        ),
        _("The volume '{0}' was changed while its discs were being found. Segment it again."),
        _("The volume has {0} dimensions instead of 3. Choose one 3D frame of it."),
        _("The volume is 2D or nearly so ({0} voxels); it needs {1} slices or more. Give the whole scan, not one slice."),
        _("The volume is empty: it has no voxels. Load or export it again."),
        _("The volume of this result was deleted, so there is nothing to draw the discs on."),
        _("The volume's position or direction is not a number. Export it again."),
        _(
            "The voxel spacing ({0} mm) cannot be right for a spine scan ({1} to {2} mm). Is it in another unit? Set the true spacing (Slicer: Volumes module)."
        ),
        _(
            "The voxel spacing ({0} mm) is zero or negative. Set the true spacing (Slicer: Volumes module) or export the volume again."
        ),
        _("The voxel spacing is not a number. Correct it (Slicer: Volumes module) or export again."),
        _("The voxels are coarse ({0} mm). Thin discs may be missed; give the original scan."),
        _("The voxels are complex numbers. Export the magnitude image."),
        _("The voxels are of type {0}, not numbers. Export the grey-scale volume."),
        _(
            "The voxels of the image are stated to be {0} mm, which is not possible for a spine MR scan. Correct the spacing of the file."
        ),
        _("The weights in '{0}' contain values that are not numbers ({1}): the training failed. Train the model again."),
        _("The weights in '{0}' do not fit the network '{1}'."),
        _("The weights in '{0}' do not match their checksum: the file was changed or damaged."),
        _("The worker did not understand a request."),
        _("There are no validation cases, so it is not known whether the new model is better on your scans."),
        _("There is no disc centre to follow."),
        _("There is no disc to export."),
        _("There is no disc with label value {0}. Choose one from the list."),
        _("There is no folder {0}. Choose the folder that holds the cases."),
        _("There is no folder {0}. Choose the folder with the images and label maps."),
        _("There is no model file '{0}'."),
        _("There is no model named '{0}'. Available: {1}."),
        _("There is not enough memory for this volume. Close other programs or volumes, or crop the volume to the spine."),
        _("There is nothing to train on: no training case and no phantoms. Add cases or phantoms."),
        _("There is one disc more than names"),
        _("This machine has no usable '{0}' device. Choose 'auto' or 'cpu'."),
        _("This point lies in {0} already. Drag its centre or paint on it to change it."),
        _("This point lies in {0}. Move it out of the other disc."),
        _("This scan is in the training set already, as {0}. Remove that case to add another version."),
        _(
            "This version of Slicer writes DICOM SEG with the extension QuantitativeReporting, which is not installed. Install it with the Extensions Manager, restart Slicer and export again."
        ),
        _("Thoracic and lumbar spine: {0} to {1}"),
        _("Thoracic spine: {0} to {1}"),
        _("Try again; a new process will be started."),
        _("Two discs cannot both be"),
        _("Upper and lower vertebra of the disc."),
        _("Volume of the disc inside the image."),
        _("Whole spine: {0} to {1}"),
        _("Worst cases of the new model (Dice before → now):"),
        _("Your scene was not changed."),
        _("a folder of that name is in the way. Rename it or choose another folder."),
        _("abdomen"),
        _("breast"),
        _("cervical spine"),
        _("chest"),
        _(
            "has axes that are not at right angles (sheared, as with a tilted gantry). Resample it to a regular grid first, in Slicer with 'Resample Scalar Volume'."
        ),
        _("head"),
        _("hip"),
        _("it is in use: open in another program, or a mount point. Close it there or choose another folder."),
        _("its folder does not exist. Create the folder first."),
        _("knee"),
        _("limb"),
        _("lumbar spine"),
        _("neck"),
        _("part of the path is a file, not a folder. Choose another folder."),
        _("pelvis"),
        _("sacrum"),
        _("shoulder"),
        _("the disk is full. Free some space or choose another folder."),
        _("the file would be larger than this disk allows. Choose another folder."),
        _("the name is too long. Choose a shorter one."),
        _("this disk cannot replace the folder as a whole. Choose another folder."),
        _("thoracic spine"),
        _("writing there is not allowed. Choose another folder or change its permissions."),
        _(
            "{0} % of the voxels have the value {1}, far from all others: taken for fill (as resampling or padding leaves it), not for tissue."
        ),
        _("{0} ({1}) and {2} ({3}) are the same scan. Leave one of them out."),
        _("{0} Training waits until it can be written."),
        _("{0} belongs to the series, but was left out: {1}. Is a slice missing?"),
        _("{0} cannot be read ({1})."),
        _("{0} cannot be read whole: {1} is damaged ({2}). Copy or export the series again."),
        _("{0} cannot be read: {1}. Check the disk or copy it again."),
        _("{0} cannot be written as JSON"),
        _("{0} cannot hold a training: it is the folder of everything else. Choose another folder."),
        _("{0} consists of several parts."),
        _("{0} contains fractions, so it is not a label map. Choose the label map, not the image."),
        _("{0} contradicts itself: NDims {1}, DimSize {2}."),
        _("{0} contradicts itself: dimension {1}, sizes {2}."),
        _("{0} contradicts itself: its compressed voxels are not as its header says. Export it again."),
        _("{0} contradicts itself: its data files cannot hold its sizes. Export it again."),
        _(
            "{0} contradicts itself: its voxel spacing is {1} mm by pixdim and {2} mm by its sform. Export it again with its true spacing."
        ),
        _("{0} contradicts itself: its voxel type has {1} bits, its header says {2}. Export it again."),
        _("{0} contradicts itself: {1} dimensions, other numbers of spacings or directions."),
        _("{0} contradicts itself: {1} sizes, space directions {2}."),
        _("{0} could not be read or written: {1}"),
        _("{0} could not be written whole. {1}"),
        _("{0} could not be written. {1}"),
        _("{0} could not be written: {1}"),
        _("{0} does not exist."),
        _("{0} does not exist. Check the path."),
        _("{0} does not fit into memory. Close other programs or crop the volume."),
        _("{0} does not say its byte order (endian). Export it again."),
        _(
            "{0} does not say where its images lie: they give no position or orientation in the patient (tags 0020,0032 and 0020,0037). Export the original series, not screenshots or a converted copy."
        ),
        _("{0} ends too early: the copy or download is not complete. Copy or export it again."),
        _("{0} gives a negative voxel spacing. Export it again with its true spacing."),
        _("{0} gives a position, direction or spacing that is not a number. Export it again."),
        _("{0} gives a size of {1} voxels. Export it again."),
        _("{0} gives a voxel spacing of 0 mm or none at all. Export it again with its true spacing."),
        _("{0} gives a voxel spacing of 0 mm, so nothing can be measured. Export it again with its true spacing."),
        _(
            "{0} gives a voxel spacing {1} (pixdim {2} mm{3}), so nothing can be measured. Export it again with its true spacing."
        ),
        _(
            "{0} gives no pixel spacing, or one that cannot be (tag 0028,0030), so nothing can be measured. Export it again with its true spacing."
        ),
        _("{0} gives sizes that cannot be ({1}). Export it again."),
        _(
            "{0} has a field of view ({1} mm) that is larger than a patient, so the voxel spacing ({2} mm) cannot be right. Set the true spacing (Slicer: Volumes module)."
        ),
        _("{0} has a voxel type that is not known ('{1}'). Export it again."),
        _("{0} has a voxel type that is not known (NIfTI datatype {1}). Export it again."),
        _("{0} has a voxel type that is not supported ('{1}'). Export it again."),
        _("{0} has an ending that cannot be written. Use one of {1}."),
        _(
            "{0} has gaps: its slices are {1} to {2} mm apart. Slices are missing; export the series again with all of them. {3}"
        ),
        _("{0} has its axes in an order that is not supported. Export it again."),
        _("{0} has its frames between its spatial axes. Export one 3D volume of it."),
        _("{0} has letters in its name that are not valid text (UTF-8). Choose another folder."),
        _("{0} has letters in its name that are not valid text (UTF-8). Rename it."),
        _("{0} has no case.json. Give a folder with image, labels and case.json."),
        _("{0} has no series '{1}'. Choose one of these by number:\n{2}"),
        _("{0} has no voxels. Add the disc with one point instead."),
        _("{0} has no {1}{2} beside it: its data file is missing. Copy both files."),
        _("{0} has slices that are shifted sideways by up to {1} mm: it is no regular volume. Export the original series."),
        _("{0} has {1} cm³, which is unusual for a disc."),
        _("{0} has {1} dimensions. Export one 3D volume of it."),
        _(
            "{0} has {1} images at each position, and nothing in their headers tells which belong together. Export each contrast or point of time as a series of its own."
        ),
        _("{0} has {1} slice position(s): not a volume. Choose another series."),
        _("{0} has {1} to {2} images a slice position: files are missing or doubled. Export the series again."),
        _("{0} has {1} voxels, more than any MR volume. The header is damaged: export it again."),
        _("{0} has {1}; frame {2} does not exist. Choose another one."),
        _("{0} holds complex numbers. Export the magnitude image."),
        _("{0} holds more data than its header declares, so one of the two is wrong. Export it again."),
        _(
            "{0} holds no DICOM volume (a series of {1} slices or more). Give the folder with the scan's slices, or name volume files one by one."
        ),
        _("{0} holds no case yet. Add one, or import images with their label maps."),
        _("{0} holds no image with a label map. Name them alike, for example 'scan1.nii.gz' and 'scan1_labels.nii.gz'."),
        _(
            "{0} holds other files ({1}), and no training was ever started there. Choose an empty folder, so that nothing is overwritten."
        ),
        _("{0} holds {1} series and no single sagittal T2 among them. Choose one by its number (--series 1):\n{2}"),
        _("{0} is 4D: it has {1} frames, 0 to {2}. Choose one of them (--frame 0 for the first).{3}"),
        _(
            "{0} is a 2D picture ({1} pixels), not a volume. Give the whole scan: a volume file or the folder with all DICOM slices."
        ),
        _("{0} is a 2D picture, not a volume. Give the whole scan: a volume file or a DICOM folder."),
        _("{0} is a 2D picture: fewer than {1} slices of its series lie in its folder. Give the folder with all slices."),
        _("{0} is a DICOM file without a picture. Give the folder with the slices."),
        _("{0} is a colour or vector image ({1} values a voxel). Give the grey-scale MR volume."),
        _("{0} is a colour picture. Give the grey-scale MR series."),
        _("{0} is a file, not a folder. Choose another folder for the training."),
        _("{0} is a file, not a folder. Choose another output folder."),
        _("{0} is a folder where a result file belongs. Rename it or choose another folder."),
        _("{0} is an empty file. Export the volume again."),
        _("{0} is cut by the field of view."),
        _("{0} is damaged or of an unknown encoding: {1}. Copy or export it again."),
        _("{0} is damaged: '{1}' lies in layer {2}, it has {3}. Save it again."),
        _("{0} is damaged: its compressed data do not match their checksum. Copy or export it again."),
        _("{0} is damaged: its compressed voxels cannot be decoded. Export the series again."),
        _("{0} is damaged: its compressed voxels have another size than its header says. Export it again."),
        _("{0} is damaged: its header gives '{1}' twice. Export it again."),
        _("{0} is damaged: its header gives no {1}. Export it again."),
        _("{0} is damaged: its header gives {1} '{2}'. Export it again."),
        _("{0} is damaged: its header gives {1} twice. Export it again."),
        _("{0} is damaged: its header names a space that is not known ('{1}'). Export it again."),
        _("{0} is damaged: its header says '{1}' for a number. Export it again."),
        _("{0} is damaged: its qform is no rotation. Export it again."),
        _("{0} is damaged: its voxels are said to begin at byte {1}, which is {2}. Export it again."),
        _("{0} is damaged: the directions in its header have lengths of {1}, not 1."),
        _("{0} is damaged: the {1} in its header is {2}. Export it again."),
        _("{0} is encoded as '{1}', which is not supported. Save it as raw or gzip."),
        _(
            "{0} is not a NIfTI file in spite of its name (an older Analyze file, perhaps: it does not say which side is left). Export the volume again."
        ),
        _("{0} is not a NIfTI file in spite of its name. Export the volume again."),
        _("{0} is not a gzip file in spite of its name. Export the volume again."),
        _(
            "{0} is not a volume that can be read. Give a NIfTI (.nii, .nii.gz), NRRD, MHA or MHD file, or a folder with DICOM images."
        ),
        _("{0} is not a volume that can be read: no MetaImage in spite of its name. Export it again."),
        _("{0} is not a volume that can be read: no NRRD file in spite of its name. Export it again."),
        _("{0} is not valid JSON ({1}). Repair or remove it."),
        _("{0} is on both sides: {1} (training) and {2} (validation). Give both the same role."),
        _("{0} is open in another program, so {1} was left as it was. Close it and try again."),
        _(
            "{0} lies where the next slice of the series would, but was left out: its series instance UID is another one. Is it a slice of the series?"
        ),
        _("{0} may not be read. Change its permissions."),
        _("{0} measures its voxels in {1}: which in mm? Export it in mm."),
        _("{0} names its data files in a way that cannot be ('{1}'). Export it again."),
        _("{0} names no segments. Save the segmentation as .seg.nrrd from Slicer."),
        _("{0} on {1} own cases ({2} for validation) and {3} phantoms, {4} steps; {5} % new weights. IVDSegmentation {6}."),
        _(
            "{0} vertebrae were counted between skull and sacrum, not {1}: levels counted from C2 and from the sacrum differ. Check the numbering, and look for a transitional vertebra or a disc that was missed."
        ),
        _("{0} voxel{1} not a number or infinite. Replace them (for instance by 0) or export the volume again."),
        _("{0} was left out: it does not say which series it belongs to. Is a slice missing?"),
        _("{0} was left out: {1}. If it belongs to the series, one of its slices is missing."),
        _("{0} was not added by this program, so it is not deleted. Leave it out instead."),
        _("{0}. Check the disk and the folder."),
        _("{0}: a side of more than 32767 voxels does not fit into NIfTI. Use .nrrd instead."),
        _("{0}: its data file is missing ({1}). Copy it beside its header."),
        _("{0}: its slices differ in {1} ({2}). Are they of one scan?"),
        _("{0}: this data file is missing. Copy it beside its header, or export again."),
        _("{0}{1}, {2} GB of memory, {3} steps"),
        _("{1} lies above {0}, which is the wrong order. Set the level of one of them."),
    )
